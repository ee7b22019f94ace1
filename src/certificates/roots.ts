import { readFileSync } from "node:fs";
import { UserError } from "../errors.ts";

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

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
