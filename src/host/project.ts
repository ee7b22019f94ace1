import { readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readStatus } from "./status.ts";

/** The directory that the agent works in, and the git directories that belong to it elsewhere. */
export type Project = { root: string; gitDirectories: string[] };

/**
 * The git root above `start` (a real path), or `start` itself. The search never goes
 * up to the home directory or beyond: a home under git is not a project.
 */
export function findProject(start: string, home: string): Project {
  const root = findGitRoot(start, home) ?? start;
  return { root, gitDirectories: findGitDirectories(root) };
}

function findGitRoot(start: string, home: string): string | undefined {
  for (let directory = start; directory !== "/"; directory = dirname(directory)) {
    if (directory === home || home.startsWith(`${directory}/`)) return undefined;
    if (readStatus(join(directory, ".git"))) return directory;
  }
  return undefined;
}

/**
 * Git directories outside the project that its `.git` FILE leads to: a linked
 * worktree's common directory, or a submodule's directory in its superproject.
 *
 * The agent can write that file, so what it says is believed only when the other end
 * says the same: git keeps a link back (`gitdir` of a worktree, `core.worktree` of a
 * submodule), in a place that the agent of this project could not have written.
 */
export function findGitDirectories(root: string): string[] {
  const file = join(root, ".git");
  if (!readStatus(file)?.isFile()) return [];
  const [, named] = /^gitdir: (.+)$/mu.exec(readText(file) ?? "") ?? [];
  const directory = named === undefined ? undefined : readRealPath(resolve(root, named));
  if (directory === undefined) return [];
  return worktreeDirectories(root, directory) ?? submoduleDirectories(root, directory) ?? [];
}

function worktreeDirectories(root: string, directory: string): string[] | undefined {
  const back = readText(join(directory, "gitdir"))?.trim();
  const common = readText(join(directory, "commondir"))?.trim();
  if (back === undefined || common === undefined) return undefined;
  const owner = readRealPath(dirname(resolve(directory, back)));
  const shared = readRealPath(resolve(directory, common));
  const isOurs = owner === root && shared !== undefined && dirname(dirname(directory)) === shared;
  return isOurs && isGitDirectory(shared) ? [shared] : undefined;
}

function submoduleDirectories(root: string, directory: string): string[] | undefined {
  const [, worktree] =
    /^\s*worktree\s*=\s*"?([^"\n]+?)"?\s*$/mu.exec(readText(join(directory, "config")) ?? "") ?? [];
  if (worktree === undefined || !isGitDirectory(directory)) return undefined;
  return readRealPath(resolve(directory, worktree)) === root ? [directory] : undefined;
}

function isGitDirectory(directory: string): boolean {
  return ["HEAD", "objects", "refs"].every((name) => readStatus(join(directory, name)));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function readRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
