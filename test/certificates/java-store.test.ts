import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { makeAuthority } from "../../src/certificates/certificate.ts";
import { extendJavaStore } from "../../src/certificates/java-store.ts";
import { Folder } from "../helpers/folder.ts";

const DAY = 86_400_000;
const validity = { from: new Date(Date.now() - DAY), until: new Date(Date.now() + DAY) };
const [ROOT, OWN, OTHER] = ["root", "own", "other"].map((name) => {
  return makeAuthority(name, validity).certificate;
}) as [string, string, string];

/** Names of the authorities in a store, as Java reads it: with the digest, and to the last byte. */
function readNames(store: string): string[] {
  const bytes = Buffer.from(store, "latin1");
  const password = Buffer.from("changeit", "utf16le").swap16();
  const digest = createHash("sha1").update(password).update("Mighty Aphrodite");
  assert.deepEqual(digest.update(bytes.subarray(0, -20)).digest(), bytes.subarray(-20));
  assert.deepEqual([bytes.readUInt32BE(0), bytes.readUInt32BE(4)], [0xfe_ed_fe_ed, 2]);
  let at = 12;
  const names = Array.from({ length: bytes.readUInt32BE(8) }, () => {
    assert.equal(bytes.readUInt32BE(at), 2);
    at += 4 + 2 + bytes.readUInt16BE(at + 4) + 8;
    const type = bytes.readUInt16BE(at);
    assert.equal(bytes.toString("ascii", at + 2, at + 2 + type), "X.509");
    at += 2 + type;
    const certificate = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
    at += 4 + certificate.length;
    return new X509Certificate(certificate).subject;
  });
  assert.equal(at, bytes.length - 20);
  return names;
}

describe("a store of Java's", () => {
  test("has one more authority, and those that were in it", () => {
    using folder = new Folder();
    const first = extendJavaStore(folder.write("cacerts", "no store"), {
      certificate: OTHER,
      roots: `${ROOT}# a note\n`,
    });
    assert.deepEqual(readNames(first), ["CN=other", "CN=root"]);
    const file = folder.write("known", "");
    writeFileSync(file, first, "latin1");
    const second = extendJavaStore(file, { certificate: OWN, roots: "" });
    assert.deepEqual(readNames(second), ["CN=own", "CN=other", "CN=root"]);
  });
});
