import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
} from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { PATH_ONLY } from "../host/status.ts";

/**
 * The names in a directory of an overlay. The agent may have closed it to its owner.
 *
 * @throws UserError for a name that no string can stand for
 */
export function listEntries(directory: string): string[] {
  open(directory, 0o700);
  const names = readdirSync(directory).sort();
  const odd = names.find((name) => name.includes("\uFFFD"));
  if (odd === undefined) return names;
  throw new UserError(`a name in \`${directory}\` is not UTF-8`, {
    hint: "`pale discard` drops the changes; or rename it there",
  });
}

/** Has a file readable, also one that the agent has closed to its owner. */
export function openFile(path: string): void {
  open(path, 0o400);
}

/** All below, for a program that is to read it. */
export function openTree(path: string): void {
  const status = lstatSync(path);
  if (status.isFile()) openFile(path);
  if (!status.isDirectory()) return;
  for (const name of listEntries(path)) openTree(join(path, name));
}

/** Follows no link, also when something else comes to be there in the meantime. */
function open(path: string, bits: number): void {
  const descriptor = openSync(path, PATH_ONLY | constants.O_NOFOLLOW);
  try {
    const status = fstatSync(descriptor);
    if (
      status.isSymbolicLink() ||
      (status.mode & bits) === bits ||
      status.uid !== process.getuid?.()
    )
      return;
    chmodSync(`/proc/self/fd/${descriptor}`, (status.mode & 0o777) | bits);
  } finally {
    closeSync(descriptor);
  }
}
