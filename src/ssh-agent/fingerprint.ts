import { createHash } from "node:crypto";

/** As `ssh-add -l` shows it: `SHA256:...`. */
export function fingerprintKey(blob: Uint8Array): string {
  const digest = createHash("sha256").update(blob).digest("base64");
  return `SHA256:${digest.replaceAll("=", "")}`;
}
