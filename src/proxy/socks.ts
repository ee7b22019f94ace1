import { formatAddress } from "./addresses.ts";
import { createCursor, type Cursor } from "./cursor.ts";

/** SOCKS version 5 (RFC 1928), as bytes. Parsers give `undefined` while bytes are missing. */

export type SocksGreeting =
  /** `acceptable`: the client offers to go without authentication. */
  { kind: "greeting"; acceptable: boolean; length: number } | { kind: "malformed" };

export function parseSocksGreeting(bytes: Uint8Array): SocksGreeting | undefined {
  const cursor = createCursor(bytes);
  const version = cursor.number(1);
  if (version !== undefined && version !== 5) return { kind: "malformed" };
  const methods = cursor.vector(1);
  if (!methods) return undefined;
  return { kind: "greeting", acceptable: methods.includes(0), length: cursor.offset() };
}

export type SocksRequest =
  | { kind: "connect"; host: string; port: number; length: number }
  /** BIND, UDP ASSOCIATE and what else a client may think of. */
  | { kind: "unsupported-command"; host: string; port: number }
  | { kind: "unsupported-address" }
  | { kind: "malformed" };

export function parseSocksRequest(bytes: Uint8Array): SocksRequest | undefined {
  const cursor = createCursor(bytes);
  const [version, command, reserved, type] = [1, 1, 1, 1].map((size) => cursor.number(size));
  if (version !== undefined && version !== 5) return { kind: "malformed" };
  if (reserved !== undefined && reserved !== 0) return { kind: "malformed" };
  if (type === undefined) return undefined;
  if (type !== 1 && type !== 3 && type !== 4) return { kind: "unsupported-address" };
  const host = readHost(cursor, type);
  const port = cursor.number(2);
  if (host === undefined || port === undefined) return undefined;
  if (command !== 1) return { kind: "unsupported-command", host, port };
  return { kind: "connect", host, port, length: cursor.offset() };
}

export const SOCKS_METHOD_NONE = Uint8Array.of(5, 0);
export const SOCKS_NO_METHOD = Uint8Array.of(5, 0xff);

/** Reply 0 is success. The bound address is of no use to a client and stays 0.0.0.0:0. */
export function encodeSocksReply(reply: number): Uint8Array {
  return Uint8Array.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0);
}

function readHost(cursor: Cursor, type: 1 | 3 | 4): string | undefined {
  const bytes = type === 3 ? cursor.vector(1) : cursor.bytes(type === 1 ? 4 : 16);
  if (!bytes) return undefined;
  if (type === 3) return Buffer.from(bytes).toString("latin1");
  const value = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return formatAddress({ family: type === 1 ? 4 : 6, value });
}
