import type { Environment } from "../host/directories.ts";
import { isWritable } from "./variable-sources.ts";

/**
 * The files by which the user says whom to believe outside, but for what an agent could have written.
 *
 * @param writable directories whose content an agent may have made
 */
export function listNamedRoots(environment: Environment, writable: readonly string[]): string[] {
  const named = ["SSL_CERT_FILE", "NIX_SSL_CERT_FILE"].map((name) => environment[name] ?? "");
  return named.filter((file) => file !== "" && !isWritable(file, writable));
}
