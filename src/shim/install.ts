import { constants, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { UserError } from "../errors.ts";
import { SHIM_MARK } from "../host/search.ts";
import { isPermitted } from "../host/status.ts";
import { withLock } from "./lock.ts";
import type { Shim } from "./render.ts";

/** What an installation changed, by the names of shims. */
export type Installed = { written: string[]; unchanged: string[]; removed: string[] };

/**
 * Make a directory hold exactly these shims: each written beside and renamed, those of
 * ours that are not wanted any more removed, files that are not ours left alone. One
 * installation at a time.
 *
 * @throws UserError when a wanted name is taken by a file that is not a shim, or the directory
 *   can never be on PATH
 */
export function installShims(directory: string, shims: readonly Shim[]): Installed {
  if (shims.length > 0) checkForColon(directory);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  return withLock(join(directory, ".lock"), () => {
    for (const { name } of shims) checkOwnership(join(directory, name));
    const stale = findStale(directory, shims);
    const changed = shims.filter((shim) => !isInPlace(directory, shim));
    for (const { name, text } of changed) {
      writeFileAtomic(join(directory, name), text, { mode: 0o755 });
    }
    for (const name of stale) rmSync(join(directory, name));
    const written = changed.map(({ name }) => name);
    const names = shims.map(({ name }) => name);
    return {
      written,
      unchanged: names.filter((name) => !written.includes(name)),
      removed: stale,
    };
  });
}

/** PATH has no way to quote one. */
function checkForColon(directory: string): void {
  if (!directory.includes(":")) return;
  throw new UserError(`\`${directory}\` has a colon, so it cannot be on PATH`, {
    hint: "set XDG_DATA_HOME to a directory without one",
  });
}

function checkOwnership(path: string): void {
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isThere || isShim(path)) return;
  throw new UserError(`\`${path}\` is there and is not a shim of pale`, {
    hint: "move it away; this directory is for shims only",
  });
}

function findStale(directory: string, shims: readonly Shim[]): string[] {
  const wanted = new Set(shims.map(({ name }) => name));
  const names = readdirSync(directory).filter((name) => !wanted.has(name));
  return names.filter((name) => isShim(join(directory, name)));
}

/** A file (a link is never one of ours) that can be read and says that it is a shim. */
function isShim(path: string): boolean {
  return lstatSync(path).isFile() && (readText(path)?.includes(SHIM_MARK) ?? false);
}

function isInPlace(directory: string, { name, text }: Shim): boolean {
  const path = join(directory, name);
  return readText(path) === text && isPermitted(path, constants.X_OK);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
