import { join } from "node:path";
import type { Directories } from "../host/directories.ts";

/** The log of every sandbox of this user. */
export function logFile({ state }: Pick<Directories, "state">): string {
  return join(state, "log");
}

/** What the log was before it grew too large. */
export function previousLog(file: string): string {
  return `${file}.1`;
}
