import { accessSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { hasCode } from "../errors.ts";

/**
 * What is at a path, a link counted as a link; `undefined` when nothing is there or the
 * caller may not know. A PATH that `su` left behind names directories of another user.
 */
export function readStatus(path: string): Stats | undefined {
  return attempt(() => lstatSync(path, ABSENT));
}

/** The same for what links lead to. */
export function readStatusThroughLinks(path: string): Stats | undefined {
  return attempt(() => statSync(path, ABSENT));
}

/** What a link says; `undefined` when the caller may not know (`/proc/1/cwd`). */
export function readTarget(link: string): string | undefined {
  return attempt(() => readlinkSync(link));
}

/** O_PATH, which node: does not name: to open a name without opening what it names. */
export const PATH_ONLY = 0o10000000;

/** May the caller do what `mode` says (`constants.R_OK` ...), as far as the file's permissions go? */
export function isPermitted(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** The names in a directory; none of one that is not there or that the caller may not read. */
export function readNames(directory: string): string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

/** A file as text; `undefined` only where there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What is absent is common, and an exception is dear. */
const ABSENT = { throwIfNoEntry: false } as const;

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
