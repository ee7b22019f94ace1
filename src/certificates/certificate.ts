import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import {
  bits,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octets,
  sequence,
  set,
  time,
  utf8,
} from "./der.ts";

/** A private key and what it is certified by, both as PEM. */
export type KeyAndCertificate = { key: string; certificate: string };

/** When a certificate begins and ends to count. */
export type Validity = { from: Date; until: Date };

/** Only ever trusted inside of sandboxes, and by nothing else; it can certify hosts, not other authorities. */
export function makeAuthority(name: string, validity: Validity): KeyAndCertificate {
  const keys = generateKeys();
  const extensions = [
    extension(OID.basicConstraints, sequence(boolean(true), integer(Buffer.of(0))), true),
    // keyCertSign and cRLSign.
    extension(OID.keyUsage, bits(Buffer.of(0b0000_0110), 1), true),
    extension(OID.subjectKeyIdentifier, octets(identifyKey(keys.publicInfo))),
  ];
  const issuer = { name: nameOf(name), key: keys.key };
  return finish(keys, { issuer, subject: issuer.name, validity, extensions });
}

/** For a TLS server of that name, and for no other. */
export function certifyHost(
  authority: KeyAndCertificate & { name: string },
  host: string,
  validity: Validity,
): KeyAndCertificate {
  const keys = generateKeys();
  const authorityKey = createPublicKey(authority.key).export({ type: "spki", format: "der" });
  const extensions = [
    extension(OID.basicConstraints, sequence(), true),
    // digitalSignature.
    extension(OID.keyUsage, bits(Buffer.of(0b1000_0000), 7), true),
    extension(OID.extendedKeyUsage, sequence(objectIdentifier(OID.serverAuthentication))),
    extension(OID.subjectAlternativeName, sequence(implicit(2, Buffer.from(host, "ascii")))),
    extension(OID.subjectKeyIdentifier, octets(identifyKey(keys.publicInfo))),
    extension(OID.authorityKeyIdentifier, sequence(implicit(0, identifyKey(authorityKey)))),
  ];
  const issuer = { name: nameOf(authority.name), key: authority.key };
  // A common name has at most 64 characters; the alternative name is what clients look at.
  const subject = nameOf(host.slice(0, 64));
  return finish(keys, { issuer, subject, validity, extensions });
}

type Keys = { key: string; publicInfo: Buffer };

type Statement = {
  issuer: { name: Buffer; key: string };
  subject: Buffer;
  validity: Validity;
  extensions: Buffer[];
};

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
} as const;

function generateKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicInfo: publicKey.export({ type: "spki", format: "der" }),
  };
}

/** RFC 5280, 4.1: what is stated, by which algorithm, and the signature over it. */
function finish({ key, publicInfo }: Keys, statement: Statement): KeyAndCertificate {
  const { issuer, subject, validity, extensions } = statement;
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const version3 = explicit(0, integer(Buffer.of(2)));
  const stated = sequence(
    version3,
    integer(makeSerial()),
    algorithm,
    issuer.name,
    sequence(time(validity.from), time(validity.until)),
    subject,
    publicInfo,
    explicit(3, sequence(...extensions)),
  );
  const certificate = sequence(stated, algorithm, bits(sign("sha256", stated, issuer.key)));
  return { key, certificate: renderPem("CERTIFICATE", certificate) };
}

/** Positive, and never zero at its beginning. */
function makeSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function extension(name: string, value: Uint8Array, isCritical = false): Buffer {
  const critical = isCritical ? [boolean(true)] : [];
  return sequence(objectIdentifier(name), ...critical, octets(value));
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier(OID.commonName), utf8(commonName))));
}

/** Any bytes that are the same for the same key: nobody computes them again. */
function identifyKey(publicInfo: Uint8Array): Buffer {
  return createHash("sha256").update(publicInfo).digest().subarray(0, 20);
}

function renderPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
