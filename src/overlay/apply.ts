import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { contains } from "../plan/paths.ts";
import type { Change } from "./changes.ts";
import { isWhiteout } from "./changes.ts";
import { listEntries, openFile } from "./open.ts";
import type { Store } from "./store.ts";
import { upperOf } from "./store.ts";

/**
 * Does to the directory what was done in the sandbox. Whatever was written there is the agent's,
 * so nothing is written through a link: neither one of the directory's, nor one of the changes.
 *
 * @throws UserError when a link leads out of the directory
 */
export function applyChange(store: Store, { kind, path }: Change): void {
  const target = join(store.lower, path);
  checkParent(store.lower, dirname(target));
  if (kind === "deleted") return rmSync(target, { recursive: true, force: true });
  replace(join(upperOf(store), path), target);
}

function checkParent(root: string, parent: string): void {
  if (contains(root, realpathSync(parent)) && realpathSync(parent) === parent) return;
  throw new UserError(`a link leads \`${parent}\` elsewhere`, {
    hint: "nothing was written there; look at it, and apply what you want by hand",
  });
}

/** Beside it first, so that there is never half of it in its place. */
function replace(source: string, target: string): void {
  const temporary = join(dirname(target), `.pale-apply-${process.pid}`);
  rmSync(temporary, { recursive: true, force: true });
  copy(source, temporary);
  const isReplaced = lstatSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isReplaced || lstatSync(temporary).isDirectory()) {
    rmSync(target, { recursive: true, force: true });
  }
  renameSync(temporary, target);
}

function copy(source: string, target: string): void {
  const status = lstatSync(source);
  if (isWhiteout(status)) return;
  if (status.isSymbolicLink()) return symlinkSync(readlinkSync(source), target);
  if (status.isDirectory()) return copyDirectory(source, target);
  // A pipe or a socket is nothing without the process that made it.
  if (!status.isFile()) return;
  openFile(source);
  copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  chmodSync(target, status.mode & SAFE_MODE);
}

/** Without what would have the file run as its owner. */
const SAFE_MODE = 0o777;

function copyDirectory(source: string, target: string): void {
  mkdirSync(target);
  for (const name of listEntries(source)) copy(join(source, name), join(target, name));
  chmodSync(target, lstatSync(source).mode & SAFE_MODE);
}
