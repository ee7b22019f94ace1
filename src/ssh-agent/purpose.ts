import { WireReader } from "./wire.ts";

/** What a signature is good for, as the bytes to be signed themselves say. */
export type Purpose =
  /** To log in; which server it is, ssh says since OpenSSH 8.9, and a server that knows of it. */
  | { kind: "login"; user: string; session: Buffer; hostKey: Buffer | undefined }
  /** `ssh-keygen -Y sign`, git's commits and tags (namespace `git`). */
  | { kind: "file"; namespace: string };

/**
 * The two formats that ssh's own programs have signed. Whatever else is asked for nobody could
 * tell the meaning of: a signature is good for anything that its bytes can be read as.
 *
 * @param blob the key that is to sign
 * @returns `undefined` for anything else
 */
export function readPurpose(data: Uint8Array, blob: Uint8Array): Purpose | undefined {
  return readFile(data) ?? readLogin(data, Buffer.from(blob));
}

const MAGIC = Buffer.from("SSHSIG");

/** PROTOCOL.sshsig, 3: what is signed. */
function readFile(data: Uint8Array): Purpose | undefined {
  if (!MAGIC.equals(data.subarray(0, MAGIC.length))) return undefined;
  const reader = new WireReader(data.subarray(MAGIC.length));
  const [namespace, reserved, algorithm, hash] = readWords(reader, 4);
  const isWhole = reader.isAtEnd() && namespace && reserved?.length === 0 && hash;
  if (!isWhole || namespace.length === 0) return undefined;
  const bytes = HASHES.get(algorithm?.toString("latin1") ?? "");
  return hash.length === bytes
    ? { kind: "file", namespace: namespace.toString("utf8") }
    : undefined;
}

const HASHES: ReadonlyMap<string, number> = new Map([
  ["sha256", 32],
  ["sha512", 64],
]);

const USERAUTH_REQUEST = 50;
const TRUE = 1;

/** RFC 4252, 7, and the variant of OpenSSH's that names the server's key. */
function readLogin(data: Uint8Array, blob: Buffer): Purpose | undefined {
  const reader = new WireReader(data);
  const session = reader.string();
  const number = reader.byte();
  const [user, service, method] = readWords(reader, 3);
  const isSigned = reader.byte() === TRUE;
  const [, key] = readWords(reader, 2);
  const isBound = isText(method, BOUND);
  const hostKey = isBound ? reader.string() : undefined;
  if (!session || !user || !key || !reader.isAtEnd()) return undefined;
  const isLogin = [
    number === USERAUTH_REQUEST,
    isText(service, "ssh-connection"),
    isBound || isText(method, "publickey"),
    isSigned,
    session.length > 0,
    blob.equals(key),
  ].every(Boolean);
  if (!isLogin) return undefined;
  return { kind: "login", user: user.toString("utf8"), session, hostKey };
}

function readWords(reader: WireReader, count: number): (Buffer | undefined)[] {
  return Array.from({ length: count }, () => reader.string());
}

function isText(bytes: Buffer | undefined, text: string): boolean {
  return bytes?.toString("latin1") === text;
}

const BOUND = "publickey-hostbound-v00@openssh.com";
