import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import test, { describe } from "node:test";
import { X509Certificate } from "node:crypto";
import { certifyHost, makeAuthority } from "../../src/certificates/certificate.ts";
import { Folder } from "../helpers/folder.ts";

const DAY = 86_400_000;
const NOW = Date.now();
const validity = { from: new Date(NOW - DAY), until: new Date(NOW + 30 * DAY) };
const authority = { name: "pale of ada", ...makeAuthority("pale of ada", validity) };

/** What openssl says under its strictest rules. */
function verify(certificate: string, host: string, trusted = authority.certificate): string {
  using folder = new Folder();
  const files = [folder.write("ca.pem", trusted), folder.write("leaf.pem", certificate)];
  const [ca = "", leaf = ""] = files;
  const words = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca];
  const { stdout, stderr } = spawnSync("openssl", [...words, "-verify_hostname", host, leaf]);
  return `${String(stdout)}${String(stderr)}`;
}

describe("a certificate for a host", () => {
  const { certificate, key } = certifyHost(authority, "api.example.com", validity);

  test("is valid for that host, and for no other", () => {
    assert.match(verify(certificate, "api.example.com"), /: OK/u);
    assert.match(verify(certificate, "example.com"), /hostname mismatch/iu);
    assert.match(verify(certificate, "x.api.example.com"), /hostname mismatch/iu);
  });

  test("is valid by its own authority only", () => {
    const other = makeAuthority("pale of ada", validity);
    assert.match(verify(certificate, "api.example.com", other.certificate), /error/u);
  });

  test("has its own key, and a number that no other has", () => {
    const first = new X509Certificate(certificate);
    const second = new X509Certificate(
      certifyHost(authority, "api.example.com", validity).certificate,
    );
    assert.notEqual(first.serialNumber, second.serialNumber);
    assert.notEqual(
      first.publicKey.export({ type: "spki", format: "pem" }),
      second.publicKey.export({ type: "spki", format: "pem" }),
    );
    assert.ok(key.startsWith("-----BEGIN PRIVATE KEY-----"));
  });

  test("cannot certify others", () => {
    const forged = certifyHost(
      { name: "api.example.com", key, certificate },
      "evil.example",
      validity,
    );
    assert.match(
      verify(forged.certificate, "evil.example", authority.certificate + certificate),
      /error/u,
    );
  });

  test("counts in its time only", () => {
    const past = { from: new Date(NOW - 3 * DAY), until: new Date(NOW - DAY) };
    const expired = certifyHost(authority, "api.example.com", past);
    assert.match(verify(expired.certificate, "api.example.com"), /expired/u);
  });

  test("is right for names of the longest kind, and dates after 2049", () => {
    const host = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.example.com`;
    const late = { from: validity.from, until: new Date(Date.UTC(2060, 0, 1)) };
    const long = certifyHost(authority, host, late).certificate;
    assert.match(verify(long, host), /: OK/u);
    assert.match(new X509Certificate(long).validTo, /2060/u);
  });
});

test("an authority cannot certify another authority", () => {
  const text = execFileSync("openssl", ["x509", "-noout", "-text"], {
    input: authority.certificate,
  }).toString();
  assert.match(text, /CA:TRUE, pathlen:0/u);
  assert.match(text, /Certificate Sign, CRL Sign/u);
});
