import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { followLinks } from "../host/links.ts";
import { readNames } from "../host/status.ts";
import { splitCertificates } from "./roots.ts";

/** Where distributions keep what Java believes; runtimes of other makers have a file of their own. */
const STORES = [
  "/etc/ssl/certs/java/cacerts",
  "/etc/pki/ca-trust/extracted/java/cacerts",
  "/etc/pki/java/cacerts",
] as const;

const RUNTIMES = "/usr/lib/jvm";

/** Real paths of the files with the authorities that Java runtimes believe. */
export function findJavaStores(home: string | undefined): string[] {
  const runtimes = readNames(RUNTIMES).map((name) => join(RUNTIMES, name));
  const own = [...runtimes, ...(home ? [home] : [])].flatMap((runtime) =>
    ["lib/security/cacerts", "jre/lib/security/cacerts"].map((name) => join(runtime, name)),
  );
  return [...new Set([...STORES, ...own].flatMap((file) => followLinks(file)?.real ?? []))];
}

/**
 * A store of Java's with one more authority: what is in the file stays. Where the file is not in
 * Java's own format, the store is made of `roots`.
 *
 * @param certificate PEM
 * @returns one character per byte
 */
export function extendJavaStore(
  file: string,
  { certificate, roots }: { certificate: string; roots: string },
): string {
  const known = readStore(file) ?? renderEntries(splitCertificates(roots), "root");
  const added = renderEntries([certificate], "pale");
  const count = known.count + added.count;
  const content = Buffer.concat([words(MAGIC, 2, count), added.entries, known.entries]);
  return Buffer.concat([content, seal(content)]).toString("latin1");
}

type Entries = { count: number; entries: Buffer };

const MAGIC = 0xfe_ed_fe_ed;
const HEAD = 12;
const DIGEST = 20;

function readStore(file: string): Entries | undefined {
  const bytes = readBytes(file);
  const isKnown = bytes.length >= HEAD + DIGEST && bytes.readUInt32BE(0) === MAGIC;
  if (!isKnown || bytes.readUInt32BE(4) !== 2) return undefined;
  return { count: bytes.readUInt32BE(8), entries: bytes.subarray(HEAD, -DIGEST) };
}

/** What this user may not read, no Java of theirs believes. */
function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

const TRUSTED = 2;

/** Each is a kind, a name of its own, a time in milliseconds, and a certificate with its type. */
function renderEntries(certificates: readonly string[], name: string): Entries {
  const entries = certificates.map((pem, index) => {
    const bytes = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/gu, ""), "base64");
    const alias = `${name}-${index}`;
    return [words(TRUSTED), text(alias), words(0, 0), text("X.509"), words(bytes.length), bytes];
  });
  return { count: certificates.length, entries: Buffer.concat(entries.flat()) };
}

/** What tells Java that nothing was changed by accident; the password is everybody's. */
function seal(content: Buffer): Buffer {
  const password = Buffer.from("changeit", "utf16le").swap16();
  return createHash("sha1").update(password).update("Mighty Aphrodite").update(content).digest();
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value, "ascii")]);
}
