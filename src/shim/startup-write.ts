import { constants, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { UserError } from "../errors.ts";
import { followToPlace } from "../host/links.ts";
import { readMountTable } from "../host/mounts.ts";
import { isPermitted, readStatus } from "../host/status.ts";

/** A startup file as it is; bytes as latin1. */
export type Startup = {
  path: string;
  /** Where links lead. */
  real: string;
  text: string | undefined;
  /** Why pale leaves it alone; `undefined` when it may be written. */
  kept: string | undefined;
};

/** @param uid of the user: what belongs to another would change its owner by a rename */
export function readStartup(path: string, uid: number): Startup {
  const { real } = followToPlace(path);
  const status = readStatus(real);
  if (status && !status.isFile()) return { path, real, text: undefined, kept: "not a file" };
  const text = readText(real);
  if (status && text === undefined) return { path, real, text, kept: "not readable" };
  return { path, real, text, kept: findReason(real, uid) };
}

function findReason(real: string, uid: number): string | undefined {
  if (real.startsWith("/nix/store/")) return "in the Nix store";
  const status = readStatus(real);
  // Not only for the sake of root: a rename would not care about the file's own mode.
  if (status && ((status.mode & 0o222) === 0 || !isPermitted(real, constants.W_OK)))
    return "read-only";
  if (status && status.uid !== uid && uid !== 0) return "another user's";
  // Both would be parted from their other name by a rename, or would not let themselves be renamed over.
  if (status && status.nlink > 1) return "a hard link: the other name would not get the change";
  if (isMountPoint(real)) return "mounted from elsewhere: change it where it comes from";
  return isPermitted(findDirectory(real), constants.W_OK) ? undefined : "in a read-only directory";
}

function isMountPoint(path: string): boolean {
  return readMountTable().some(({ place }) => place === path);
}

/** The nearest directory above that is there. */
function findDirectory(path: string): string {
  const above = dirname(path);
  return readStatus(above) || above === path ? above : findDirectory(above);
}

/**
 * Write whole or not at all where links lead; mode and owner stay. A text of `undefined`
 * removes the file.
 *
 * @throws UserError when the file is not any more what was read
 */
export function writeStartup({ path, real, text }: Startup, now: string | undefined): void {
  if (followToPlace(path).real !== real || readText(real) !== text) {
    throw new UserError(`\`${path}\` has changed meanwhile`, { hint: "run it again" });
  }
  if (now === undefined) return rmSync(real, { force: true });
  mkdirSync(dirname(real), { recursive: true });
  writeFileAtomic(real, Buffer.from(now, "latin1"), text === undefined ? { mode: 0o644 } : {});
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
