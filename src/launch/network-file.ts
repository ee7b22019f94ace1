import type { Isolation, Listener } from "../plan/plan.ts";

/**
 * The bytes from which the init program makes the sandbox's own network: how user and group
 * are mapped, and the sockets to be opened. The layout is that of `struct network_file` in
 * src/init/network.c; numbers are little-endian, as on both architectures.
 *
 * @param network `undefined`: only the user namespace is made
 */
export function renderNetworkFile(
  network: readonly Listener[] | undefined,
  { uid, gid }: Pick<Isolation, "uid" | "gid">,
): Uint8Array {
  const maps = [`${uid} ${uid} 1`, `${gid} ${gid} 1`];
  const listeners = network ?? [];
  const hasNetwork = network ? 1 : 0;
  const lengths = [listeners.length, ...maps.map((map) => map.length), hasNetwork];
  return Buffer.concat([
    ...lengths.map(word),
    ...maps.map((map) => pad(Buffer.from(map))),
    ...listeners.map(renderListener),
  ]);
}

const INET = 2;
const INET6 = 10;
const STREAM = 1;
const DATAGRAM = 2;

function renderListener({ transport, address, port }: Listener): Buffer {
  const socketAddress = renderAddress(address, port);
  return Buffer.concat([
    word(address.includes(":") ? INET6 : INET),
    word(transport === "udp" ? DATAGRAM : STREAM),
    word(socketAddress.length),
    word(0),
    pad(socketAddress),
  ]);
}

/** `sockaddr_in` or `sockaddr_in6`; of IPv6 there is only the loopback. */
function renderAddress(address: string, port: number): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(address.includes(":") ? INET6 : INET);
  const bigEndian = Buffer.alloc(2);
  bigEndian.writeUInt16BE(port);
  if (address !== "::1") {
    const bytes = Buffer.from(address.split(".").map(Number));
    return Buffer.concat([family, bigEndian, bytes, Buffer.alloc(8)]);
  }
  return Buffer.concat([family, bigEndian, Buffer.alloc(4 + 15), Buffer.of(1), Buffer.alloc(4)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);
}
