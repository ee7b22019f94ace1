import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { UserError } from "../errors.ts";
import { DOOR_PORTS } from "../plan/network.ts";
import { escapeUntrusted } from "../terminal.ts";

/**
 * `pale connect HOST PORT`, inside a sandbox: standard input and output become a connection
 * to the host, by way of the filtering proxy. For programs like ssh, which know no proxy but
 * can run a command in the place of a connection.
 *
 * @param argv host and port
 * @throws UserError with the proxy's reason when it refuses
 */
export async function connectThrough(argv: readonly string[]): Promise<void> {
  const [host, port] = argv;
  if (host === undefined || port === undefined || argv.length > 2) {
    throw new UserError("a host and a port are needed", { hint: "pale connect HOST PORT" });
  }
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const socket = await reachProxy();
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const { head, rest } = await readHead(socket);
  const [, status, reason = ""] = /^HTTP\/1\.[01] (\d{3}) ?([^\r\n]*)/u.exec(head) ?? [];
  if (status !== "200") throw new UserError(escapeUntrusted(reason.replace(/^pale: /u, "")));
  process.stdout.write(rest);
  await relay(socket);
}

async function reachProxy(): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: DOOR_PORTS.proxy, allowHalfOpen: true });
  try {
    await once(socket, "connect");
  } catch {
    throw new UserError("there is no filtering proxy here", {
      hint: "`pale connect` is for programs inside a sandbox whose network is filtered",
    });
  }
  return socket;
}

const MOST_HEAD_BYTES = 65_536;

async function readHead(socket: Socket): Promise<{ head: string; rest: Buffer }> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end !== -1) {
      return { head: bytes.toString("latin1", 0, end), rest: bytes.subarray(end + 4) };
    }
    if (bytes.length > MOST_HEAD_BYTES) break;
  }
  throw new UserError("the filtering proxy closed the connection");
}

/** Ends when the far end has said all and the near end has heard it. */
async function relay(socket: Socket): Promise<void> {
  process.stdin.pipe(socket);
  socket.pipe(process.stdout, { end: false });
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("close", resolve).once("end", resolve));
  process.stdin.destroy();
  socket.destroy();
}
