import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { listEntries, openFile } from "./open.ts";
import { isOpaque } from "./opaque.ts";
import type { Store } from "./store.ts";
import { upperOf } from "./store.ts";

/** What became of one path; a directory that was added or deleted stands for all in it. */
export type Change = {
  kind: "added" | "modified" | "deleted";
  /** Relative to the directory that the overlay is over. */
  path: string;
};

/**
 * What differs between a directory and what an agent made of it, by the overlay's own notes: what
 * was written is there in full, what was deleted is a device with the numbers 0 and 0, and a
 * directory that was made anew is marked as opaque. Costs what was changed, not what is there.
 */
export function listChanges(store: Store): Change[] {
  return compareDirectory({ lower: store.lower, upper: upperOf(store), path: "" });
}

type Place = { lower: string; upper: string; path: string };

function compareDirectory({ lower, upper, path }: Place): Change[] {
  const names = listEntries(upper);
  const written = names.flatMap((name) => {
    return compareEntry({
      lower: join(lower, name),
      upper: join(upper, name),
      path: join(path, name),
    });
  });
  if (!isOpaque(upper)) return written;
  const gone = listNames(lower).filter((name) => !names.includes(name));
  return [...written, ...gone.map((name): Change => ({ kind: "deleted", path: join(path, name) }))];
}

function compareEntry(place: Place): Change[] {
  const { path } = place;
  const before = look(place.lower);
  const after = lstatSync(place.upper);
  // A pipe or a socket is nothing without the process that made it.
  if (isWhiteout(after) || isSpecial(after)) return before ? [{ kind: "deleted", path }] : [];
  if (!before) return [{ kind: "added", path }];
  if (before.isDirectory() && after.isDirectory()) return compareDirectory(place);
  return isSame(place, before, after) ? [] : [{ kind: "modified", path }];
}

/** How an overlay notes that something was deleted. */
export function isWhiteout(status: Stats): boolean {
  return status.isCharacterDevice() && status.rdev === 0;
}

function isSpecial(status: Stats): boolean {
  return !status.isFile() && !status.isDirectory() && !status.isSymbolicLink();
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** The kernel copies a file as soon as it is opened for writing, or its times are set. */
function isSame({ lower, upper }: Place, before: Stats, after: Stats): boolean {
  if (before.mode !== after.mode) return false;
  if (after.isSymbolicLink()) return readlinkSync(lower) === readlinkSync(upper);
  if (!after.isFile() || before.size !== after.size) return false;
  openFile(upper);
  return readFileSync(lower).equals(readFileSync(upper));
}

function listNames(directory: string): string[] {
  return look(directory)?.isDirectory() ? listEntries(directory) : [];
}
