import { realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Link } from "../plan/facts.ts";
import { contains } from "../plan/paths.ts";
import { readHead } from "./search.ts";
import { readStatus } from "./status.ts";

/** The directory that the agent works in, and the git directories to be mounted for it. */
export type Project = { root: string; gitDirectories: string[] };

/**
 * The git root above `start` (a real path), or `start` itself. The search never goes
 * up to the home directory or beyond: a home under git is not a project.
 */
export function findProject(start: string, home: string): Project {
  const root = findGitRoot(start, home) ?? start;
  const own = isNested(root, home) ? [join(root, ".git")] : [];
  return { root, gitDirectories: [...own, ...findGitDirectories(root)] };
}

/**
 * Another git root lies above. An agent that removed the project's own `.git` would have
 * that one the next time; as a mount of itself it cannot be removed.
 */
function isNested(root: string, home: string): boolean {
  const entry = readStatus(join(root, ".git"));
  const isOwn = entry !== undefined && !entry.isSymbolicLink();
  return isOwn && findGitRoot(dirname(root), home) !== undefined;
}

/**
 * The link by which one project leads into another: an agent may have put it there, for
 * the caller to change into what looks like a part of the one and start the next agent.
 *
 * @param links on the way to `root`
 */
export function findLinkOut(links: readonly Link[], root: string, home: string): Link | undefined {
  return links.find(({ path }) => {
    const owner = findGitRoot(dirname(path), home);
    return owner !== undefined && !contains(owner, root);
  });
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
  const found = worktreeDirectories(root, directory) ?? submoduleDirectories(root, directory);
  // What is in the project is shown with it. To name it again would let another agent in the
  // same project put a link there, after this look and before the mount.
  return (found ?? []).filter((path) => !contains(root, path));
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

/** No more than git writes there: the agent may have put a pipe or something endless in its place. */
function readText(file: string): string | undefined {
  return readHead(file, MOST_BYTES, "utf8") || undefined;
}

const MOST_BYTES = 65_536;

function readRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
