import { createCursor, type Cursor } from "./cursor.ts";

/**
 * Reads the first message of a TLS client without touching it: the proxy never decrypts, it only
 * learns which server the client will ask for. Whatever a server might read differently from
 * this parser (a second server name, a repeated extension, bytes behind the message) is
 * malformed, so that both always see the same name.
 *
 * What it cannot see: the `Host` inside the encrypted connection, and the second hello that
 * follows a HelloRetryRequest. A content network that serves several customers from one address
 * and does not compare the two may be talked into fronting; no proxy that leaves TLS closed can
 * tell.
 */
export type ClientHello =
  | {
      kind: "hello";
      /** As sent, one character per byte; not yet checked for being a name. */
      serverName: string | undefined;
      alpn: string[];
      /** Encrypted Client Hello is there: the real name may be another. Also true for the decoys
       * (GREASE) of browsers, which are made to be indistinguishable from it. */
      encrypted: boolean;
    }
  | { kind: "not-tls" }
  | { kind: "malformed"; problem: string };

/** `undefined`: the bytes are the beginning of what may become a hello. */
export function parseClientHello(bytes: Uint8Array): ClientHello | undefined {
  const message = collectHandshake(bytes);
  if (message.kind === "need-more") return undefined;
  if (message.kind !== "message") return message;
  return parseBody(message.body) ?? malformed("the message does not fit its lengths");
}

/** A hello with post-quantum keys is about 2 KB; this is what Go's TLS takes. */
const MAX_HANDSHAKE = 65_536;
/** Enough for a hello of 32 KB in records of 512 bytes, the smallest that RFC 6066 names. */
const MAX_RECORDS = 64;
const MAX_RECORD = 16_384;

type Collected =
  | { kind: "need-more" }
  | { kind: "message"; body: Uint8Array }
  | { kind: "not-tls" }
  | { kind: "malformed"; problem: string };

/**
 * Joins the handshake bytes of the records up to the end of the first message. Every verdict is
 * taken on the shortest beginning that allows it, so that a hello reads the same however the
 * network cuts it.
 */
function collectHandshake(bytes: Uint8Array): Collected {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let offset = 0, records = 1; ; records += 1) {
    const record = readRecord(bytes, offset);
    if (typeof record === "string") return judgeRecord(record, records);
    if (records > MAX_RECORDS) return malformed("the message is in too many records");
    parts.push(record.payload);
    size += record.payload.length;
    const room = size + record.missing;
    const wanted = size < 4 ? undefined : readMessageLength(firstBytes(parts));
    if (typeof wanted === "string") return malformed(wanted);
    if (wanted !== undefined && room > wanted) return malformed("bytes follow the message");
    if (size === wanted) return { kind: "message", body: Buffer.concat(parts).subarray(4) };
    if (record.missing > 0) return { kind: "need-more" };
    offset += 5 + record.payload.length;
  }
}

type TlsRecord = { payload: Uint8Array; missing: number };

function readRecord(
  bytes: Uint8Array,
  offset: number,
): TlsRecord | "need-more" | "type" | "header" {
  const [type, major, minor, high, low] = bytes.subarray(offset, offset + 5);
  if (type !== undefined && type !== 0x16) return "type";
  if ((major !== undefined && major !== 3) || (minor !== undefined && minor > 4)) return "header";
  if (high === undefined || low === undefined) return "need-more";
  const length = high * 256 + low;
  if (length === 0 || length > MAX_RECORD) return "header";
  const payload = bytes.subarray(offset + 5, offset + 5 + length);
  return { payload, missing: length - payload.length };
}

function judgeRecord(problem: "need-more" | "type" | "header", records: number): Collected {
  if (problem === "need-more") return { kind: "need-more" };
  if (problem === "type" && records === 1) return { kind: "not-tls" };
  return malformed(
    problem === "type" ? "another record interrupts the message" : "a record's header is malformed",
  );
}

/** The message's own header. Not from all the parts: this is asked again for every record. */
function firstBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.slice(0, 4).map((part) => part.subarray(0, 4))).subarray(0, 4);
}

/** Length of the whole message with its 4 bytes of header, or what is wrong with it. */
function readMessageLength(bytes: Uint8Array): number | string {
  const [type, high = 0, middle = 0, low = 0] = bytes;
  if (type !== 1) return "the first message is not a hello";
  const length = 4 + high * 65_536 + middle * 256 + low;
  return length > MAX_HANDSHAKE ? "the message is too large" : length;
}

/** `undefined` where a length points beyond its surroundings or leaves bytes over. */
function parseBody(bytes: Uint8Array): ClientHello | undefined {
  const cursor = createCursor(bytes);
  if (cursor.number(1) !== 3) return malformed("the version is not of TLS");
  if (!skipPreamble(cursor)) return undefined;
  const extensions = cursor.atEnd() ? new Uint8Array() : cursor.vector(2);
  if (!extensions || !cursor.atEnd()) return undefined;
  return parseExtensions(createCursor(extensions));
}

/** From the second half of the version to the compression methods. */
function skipPreamble(cursor: Cursor): boolean {
  const random = cursor.bytes(1 + 32);
  const session = cursor.vector(1);
  const ciphers = cursor.vector(2);
  const compressions = cursor.vector(1);
  if (!random || !session || !ciphers || !compressions) return false;
  const evenCiphers = ciphers.length >= 2 && ciphers.length % 2 === 0;
  return session.length <= 32 && evenCiphers && compressions.length > 0;
}

const SERVER_NAME = 0;
const ALPN = 16;
/** RFC 9849, and the drafts before it back to encrypted server names. */
const ENCRYPTED_HELLO = new Set([0xfe0d, 0xfe0c, 0xfe0b, 0xfe0a, 0xfe09, 0xfe08, 0xffce]);

function parseExtensions(cursor: Cursor): ClientHello | undefined {
  const found = new Map<number, Uint8Array>();
  while (!cursor.atEnd()) {
    const type = cursor.number(2);
    const data = cursor.vector(2);
    if (type === undefined || !data) return undefined;
    if (found.has(type)) return malformed("an extension is there twice");
    found.set(type, data);
  }
  const name = parseServerName(found.get(SERVER_NAME));
  if (name === "malformed") return malformed("the server name extension is malformed");
  const alpn = parseAlpn(found.get(ALPN));
  if (!alpn) return malformed("the ALPN extension is malformed");
  const encrypted = [...found.keys()].some((type) => ENCRYPTED_HELLO.has(type));
  return { kind: "hello", serverName: name?.serverName, alpn, encrypted };
}

/** Exactly one entry, of type host name: TLS knows no other type, and servers differ on lists. */
function parseServerName(
  data: Uint8Array | undefined,
): { serverName: string } | undefined | "malformed" {
  if (!data) return undefined;
  const outer = createCursor(data);
  const list = outer.vector(2);
  if (!list || !outer.atEnd()) return "malformed";
  const inner = createCursor(list);
  const type = inner.number(1);
  const name = inner.vector(2);
  if (type !== 0 || !name || name.length === 0 || !inner.atEnd()) return "malformed";
  return { serverName: Buffer.from(name).toString("latin1") };
}

function parseAlpn(data: Uint8Array | undefined): string[] | undefined {
  if (!data) return [];
  const outer = createCursor(data);
  const list = outer.vector(2);
  if (!list || !outer.atEnd()) return undefined;
  const inner = createCursor(list);
  const protocols: string[] = [];
  while (!inner.atEnd()) {
    const protocol = inner.vector(1);
    if (!protocol || protocol.length === 0) return undefined;
    protocols.push(Buffer.from(protocol).toString("latin1"));
  }
  return protocols;
}

function malformed(problem: string): { kind: "malformed"; problem: string } {
  return { kind: "malformed", problem };
}
