import { dirname, relative, resolve } from "node:path";
import type { Placeholder } from "../plan/facts.ts";
import { contains } from "../plan/paths.ts";
import { IN_PROJECT } from "../plan/protected.ts";
import { parseGitConfiguration } from "./git-config.ts";
import type { GitEntry } from "./git-config.ts";
import { followToPlace } from "./links.ts";
import type { Wanted } from "./protected.ts";
import { readHead } from "./search.ts";

/** A git directory, what its relative `core.hooksPath` starts from, and where `~` leads. */
export type GitPlaces = { git: string; worktree: string; home: string };

type Named = { path: string; why: string; isDirectory: boolean };

/**
 * Hooks and settings in the worktree or the git directory that configuration files lead to,
 * also by what they include, whatever the condition is.
 */
export function listNamedByGit(files: readonly string[], places: GitPlaces): Wanted[] {
  const named = files.flatMap((file) => readNamed(file, places, 0));
  return named.flatMap((each) => locate(each, places));
}

/** As deep as git goes. */
const MOST_INCLUDES = 10;
const MOST_BYTES = 262_144;

function readNamed(file: string, places: GitPlaces, depth: number): Named[] {
  const entries = parseGitConfiguration(readHead(file, MOST_BYTES, "utf8"));
  return entries.flatMap((entry) => {
    if (entry.section === "core" && entry.name === "hookspath") {
      const path = expand(entry, places.worktree, places);
      return [{ path, why: "core.hooksPath: git runs them", isDirectory: true }];
    }
    if (!/^include(?:if)?$/u.test(entry.section) || entry.name !== "path") return [];
    const path = expand(entry, dirname(file), places);
    const more = depth < MOST_INCLUDES ? readNamed(path, places, depth + 1) : [];
    return [{ path, why: "git reads it", isDirectory: false }, ...more];
  });
}

function expand({ value }: GitEntry, base: string, { home }: GitPlaces): string {
  return value.startsWith("~/") ? resolve(home, value.slice(2)) : resolve(base, value);
}

function locate({ path, why, isDirectory }: Named, { git, worktree }: GitPlaces): Wanted[] {
  // By a link outside of the project it is somewhere else than it says.
  for (const place of [path, followToPlace(path).real]) {
    const root = [git, worktree].find((each) => each !== place && contains(each, place));
    if (root === undefined) continue;
    const below = relative(root, place);
    const isInGit = root === git && git !== worktree;
    const [missing, missingParent] = choose(isInGit || below.startsWith(".git/"), isDirectory);
    const name = isInGit && !below.startsWith(".git/") ? `.git/${below}` : below;
    return [{ name, root, below, why, missing, missingParent }];
  }
  return [];
}

function choose(isInGit: boolean, isDirectory: boolean): [Placeholder, Placeholder] {
  if (!isInGit) return [IN_PROJECT, IN_PROJECT];
  const directory: Placeholder = { kind: "directory" };
  return [isDirectory ? directory : { kind: "file", text: "" }, directory];
}
