import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readHead, runsSandboxed } from "../host/search.ts";

/** The shims that count, by name, without their ways out. */
export type FoundShims = {
  directory: string;
  /** Who has written them: `pale shims`, or a package manager (Nix). */
  owner: "pale" | "package";
  names: string[];
  /** How many directories of PATH come before them; -1 when they are not on it. */
  position: number;
};

/**
 * pale's own directory of shims, else the first on PATH that has some: a package manager's, where
 * they are among other programs.
 */
export function findShims(own: string, path: string | undefined): FoundShims {
  const entries = (path ?? "").split(":");
  const names = existsSync(own) ? listOwn(own) : [];
  if (names.length > 0) {
    return { directory: own, owner: "pale", names, position: entries.indexOf(own) };
  }
  const found = entries.map((directory) => ({ directory, names: listMarked(directory) }));
  const first = found.find(({ names }) => names.length > 0);
  if (first === undefined) {
    return { directory: own, owner: "pale", names: [], position: -1 };
  }
  const before = entries.slice(0, entries.indexOf(first.directory));
  const isPassed = before.some((entry) =>
    first.names.some((name) => existsSync(join(entry, name))),
  );
  return { ...first, owner: "package", position: isPassed ? before.length : 0 };
}

function listOwn(directory: string): string[] {
  const files = readdirSync(directory);
  return files.filter((name) => files.includes(`${name}-raw`)).sort();
}

function listMarked(directory: string): string[] {
  const files = directory.startsWith("/") && existsSync(directory) ? readdirSync(directory) : [];
  return files.filter((name) => runsSandboxed(readHead(join(directory, name), 256))).sort();
}
