import { renderString } from "../../src/ssh-agent/wire.ts";

/** What ssh has signed to log in; RFC 4252, 7. */
export function loginData(
  blob: Uint8Array,
  changes: Partial<Record<"session" | "user" | "service" | "method", string>> & {
    hostKey?: string;
    number?: number;
    isSigned?: number;
  } = {},
): Buffer {
  const { session = "s".repeat(32), user = "git", service = "ssh-connection" } = changes;
  const method =
    changes.method ??
    (changes.hostKey === undefined ? "publickey" : "publickey-hostbound-v00@openssh.com");
  return Buffer.concat([
    renderString(session),
    Buffer.of(changes.number ?? 50),
    ...[user, service, method].map(renderString),
    Buffer.of(changes.isSigned ?? 1),
    renderString("ssh-ed25519"),
    renderString(blob),
    ...(changes.hostKey === undefined ? [] : [renderString(changes.hostKey)]),
  ]);
}

/** What `ssh-keygen -Y sign` has signed. */
export function fileData(namespace = "git", hash = "h".repeat(64), algorithm = "sha512"): Buffer {
  return Buffer.concat([
    Buffer.from("SSHSIG"),
    ...[namespace, "", algorithm, hash].map(renderString),
  ]);
}

/** A public key as agents know it. */
export function blobOf(seed: string): Buffer {
  return Buffer.concat([renderString("ssh-ed25519"), renderString(seed.padEnd(32, "."))]);
}
