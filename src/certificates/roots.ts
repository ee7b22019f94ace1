import { readFileSync, statSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { OwnRoots } from "../plan/authorities.ts";

/** Where distributions keep the authorities that the system believes, the usual place first. */
export const ROOT_FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
] as const;

/**
 * The authorities that this system believes, as PEM: a company's own are among them.
 *
 * @param named files that the user's variables name, to be looked at first
 * @throws UserError when there are none: then no server could be told from another one
 */
export function readRoots(named: readonly string[]): string {
  for (const file of [...named, ...ROOT_FILES]) {
    const text = readText(file);
    if (text?.includes("-----BEGIN CERTIFICATE-----")) return text;
  }
  throw new UserError("no certificates of authorities are installed", {
    origin: ROOT_FILES[0],
    hint: "install the package `ca-certificates`",
  });
}

/** The certificates of a text, and nothing that stands between them. */
export function splitCertificates(text: string): string[] {
  return (
    text.match(/-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/gu) ?? []
  );
}

/**
 * The authorities in files that variables of a sandbox name: they stay believed inside.
 *
 * @throws UserError for a file without any: another bundle takes its place, so it would be lost
 */
export function readOwnRoots(named: readonly OwnRoots[]): string {
  return named
    .flatMap(({ variable, path, origin }) => {
      const found = splitCertificates(readText(path) ?? "");
      if (found.length > 0) return found;
      throw new UserError(`\`${variable}\` names \`${path}\`, which holds no certificates`, {
        origin,
        hint: "name a file by its path on the host; where there are `proxies`, pale joins it with theirs",
      });
    })
    .join("\n");
}

const MOST_BYTES = 16_777_216;

/** Of an ordinary file: an agent may have put a pipe, or a link to a device, in its place. */
function readText(file: string): string | undefined {
  try {
    const status = statSync(file);
    if (!status.isFile() || status.size > MOST_BYTES) return undefined;
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
