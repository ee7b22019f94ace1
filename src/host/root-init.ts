import { lstatSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { assembleInit } from "../init/assemble.ts";
import type { Architecture } from "../plan/facts.ts";

/**
 * The copy of the init program that `pale doctor --install-apparmor` makes. A profile of AppArmor
 * goes by paths, and what lies where a user can write is any program of that user's.
 */
export const ROOT_INIT = "/usr/local/lib/pale/init";

export type RootInit =
  | { kind: "absent" }
  | { kind: "usable"; path: string }
  /** Not byte for byte what this build would run: pale was updated since. */
  | { kind: "another-build"; path: string }
  /** Somebody but root could put another program in its place, by way of `part`. */
  | { kind: "untrusted"; part: string };

/** Whose files count, and where the file system begins; the tests have others. */
export type Ground = { root: string; owner: number };

export const SYSTEM: Ground = { root: "/", owner: 0 };

/** The copy that a launch uses; `undefined` when it makes one of its own. */
export function findRootInit(architecture: Architecture): string | undefined {
  const found = readRootInit(() => assembleInit(architecture));
  return found.kind === "usable" ? found.path : undefined;
}

/** @param image the init program of this build; called only when there is a copy to compare */
export function readRootInit(image: () => Uint8Array, ground: Ground = SYSTEM): RootInit {
  const path = join(ground.root, ROOT_INIT);
  if (!lstatSync(path, { throwIfNoEntry: false })) return { kind: "absent" };
  const part = listParts(path, ground.root).find((each) => !isKept(each, ground.owner));
  if (part !== undefined) return { kind: "untrusted", part };
  const status = lstatSync(path);
  if (!status.isFile() || (status.mode & 0o001) === 0) return { kind: "untrusted", part: path };
  const expected = image();
  const isSame = status.size === expected.length && readFileSync(path).equals(expected);
  return isSame ? { kind: "usable", path } : { kind: "another-build", path };
}

/** The first part of the way to a place, as far as it is there, that not root alone could change. */
export function findOpenPart(path: string, { root, owner }: Ground): string | undefined {
  const there = listParts(path, root).filter((each) => lstatSync(each, { throwIfNoEntry: false }));
  return there.findLast((each) => !isKept(each, owner));
}

function listParts(path: string, root: string): string[] {
  return path === root ? [path] : [path, ...listParts(dirname(path), root)];
}

/** Links count as what they are: no part of the way may be one. */
function isKept(path: string, owner: number): boolean {
  const status = lstatSync(path);
  return status.uid === owner && (status.mode & 0o022) === 0 && !status.isSymbolicLink();
}
