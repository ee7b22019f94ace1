import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { join, relative, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { MountFact, Placeholder, ProjectFacts, ProtectedFact } from "../plan/facts.ts";
import { contains } from "../plan/paths.ts";
import {
  choosePlaceholder,
  GIT_FILE_WHY,
  GIT_NAMES,
  IN_PROJECT,
  NO_GIT_WHY,
  PROJECT_NAMES,
  SHELL_NAMES,
  WORKTREE_NAMES,
} from "../plan/protected.ts";
import type { ProtectedGitName } from "../plan/protected.ts";
import type { Policy } from "../policy.ts";
import { parseGitConfiguration } from "./git-config.ts";
import type { GitEntry } from "./git-config.ts";
import { findGitDirectories, listDirectories } from "./git-directories.ts";
import { listNamedByGit } from "./git-named.ts";
import { readHead } from "./search.ts";
import { isPermitted, readStatus, readTarget } from "./status.ts";

/** A path to be kept as it is; `root`: what holds it, and is not looked at itself. */
export type Wanted = {
  name: string;
  root: string;
  below: string;
  why: string;
  missing: Placeholder;
  /** Of directories that are missing on the way. */
  missingParent: Placeholder;
};

type Places = {
  project: ProjectFacts;
  mounts: readonly MountFact[];
  /** Git's configuration files of the user. */
  globalFiles?: readonly string[];
};

/**
 * What is to stay as it is, and whether it is there: a look at each of a list of names, and
 * at the names of submodules and worktrees; never at the project's own directories.
 *
 * @param home where `~` leads
 * @throws UserError when `unprotect` names what is not protected
 */
export function readProtected(
  policy: Policy,
  { project, mounts, globalFiles = [] }: Places,
  home: string,
): ProtectedFact[] {
  const wanted = [
    ...listProject(policy, project.root),
    ...listGit(project, home),
    ...listNamedByGit(globalFiles, { git: project.root, worktree: project.root, home }),
    ...mounts.flatMap((fact) => listState(fact, home)),
  ];
  for (const { value, origin } of policy.unprotect) checkName(value, origin, wanted);
  const names = policy.unprotect.map(({ value }) => value);
  return wanted.filter(({ name }) => !names.some((each) => contains(each, name))).flatMap(look);
}

function checkName(name: string, origin: string, wanted: readonly Wanted[]): void {
  const known = [...wanted, ...GIT_NAMES.map((each) => ({ name: `.git/${each.name}` }))];
  // Submodules and worktrees come and go.
  const isPassing = /^\.git\/(?:modules|worktrees)(?:\/|$)/u.test(name);
  if (isPassing || name === ".git") return;
  if (known.some((each) => contains(name, each.name))) return;
  // Of a repository's git directory the names are there twice.
  const names = new Set(known.map((each) => each.name));
  throw new UserError(`\`${name}\` is not protected`, {
    origin,
    hint: `what is: ${[...names].join(", ")}`,
  });
}

function listProject({ protect }: Policy, root: string): Wanted[] {
  const own = protect.map(({ value, origin }) => ({ name: value, why: `by ${origin}` }));
  const isHome = SHELL_NAMES.some(({ name }) => readStatus(join(root, name)) !== undefined);
  const names = [...PROJECT_NAMES, ...(isHome ? SHELL_NAMES : []), ...own];
  return names.map(({ name, why }) => inProject(root, name, why));
}

function inProject(root: string, name: string, why: string): Wanted {
  // Programs that look into it find nothing there, and do not take it for damaged.
  return { name, root, below: name, why, missing: IN_PROJECT, missingParent: DIRECTORY };
}

const DIRECTORY: Placeholder = { kind: "directory" };

/** Of the project's git directory, wherever that is; or what keeps one from being made. */
function listGit({ root, gitDirectories }: ProjectFacts, home: string): Wanted[] {
  const place = { project: root, worktree: root, home };
  const status = readStatus(join(root, ".git"));
  const outside = gitDirectories
    .filter((directory) => !contains(root, directory))
    .flatMap((directory) => listGitDirectory(".git", directory, place));
  if (status?.isDirectory())
    return [...listGitDirectory(".git", join(root, ".git"), place), ...outside];
  const why = status === undefined ? NO_GIT_WHY : GIT_FILE_WHY;
  const own = { ...inProject(root, ".git", why), missing: DIRECTORY };
  const inside = findGitDirectory(root);
  return [
    own,
    ...outside,
    ...(inside ? listGitDirectory(relative(root, inside), inside, place) : []),
  ];
}

/** The git directory that a `.git` file names, when that is in the project. */
function findGitDirectory(root: string): string | undefined {
  const [, named] = /^gitdir: (.+)$/mu.exec(readHead(join(root, ".git"), MOST_BYTES, "utf8")) ?? [];
  const directory = named === undefined ? undefined : resolve(root, named.trim());
  const isInside = directory !== undefined && directory !== root && contains(root, directory);
  return isInside && readStatus(directory)?.isDirectory() ? directory : undefined;
}

const MOST_BYTES = 65_536;

type GitPlace = { project: string; worktree: string; home: string };

function listGitDirectory(name: string, directory: string, place: GitPlace): Wanted[] {
  const isBare = readConfiguration(directory).some(
    (entry) => entry.name === "bare" && entry.value !== "false",
  );
  // Where there is one, git takes no notice of `core.bare`.
  const names = GIT_NAMES.filter((each) => !(isBare && each.name === "commondir"));
  const files = ["config", "config.worktree"].map((each) => join(directory, each));
  return [
    ...names.map((each) => inGit(name, directory, each)),
    ...listNamedByGit(files, { git: directory, worktree: place.worktree, home: place.home }),
    ...listModules(name, directory, place),
    ...listDirectories(join(directory, "worktrees")).flatMap((worktree) => {
      const path = join(directory, "worktrees", worktree);
      const below = `${name}/worktrees/${worktree}`;
      return [
        ...WORKTREE_NAMES.map((each) => inGit(below, path, each)),
        ...listModules(below, path, place),
      ];
    }),
  ];
}

/** A linked worktree has the git directories of its submodules in its own metadata. */
function listModules(name: string, directory: string, place: GitPlace): Wanted[] {
  return findGitDirectories(join(directory, "modules")).flatMap((module) => {
    const path = join(directory, "modules", module);
    const own = readConfiguration(path).findLast(
      (entry) => entry.section === "core" && entry.name === "worktree",
    );
    const worktree = resolve(path, own?.value ?? ".");
    return listGitDirectory(`${name}/modules/${module}`, path, { ...place, worktree });
  });
}

/** The settings of a git directory. */
function readConfiguration(directory: string): GitEntry[] {
  return parseGitConfiguration(readHead(join(directory, "config"), MOST_BYTES, "utf8"));
}

function inGit(
  name: string,
  root: string,
  { name: below, why, missing }: ProtectedGitName,
): Wanted {
  return { name: `${name}/${below}`, root, below, why, missing, missingParent: DIRECTORY };
}

/** What a mount of the policy names itself. */
function listState({ mount, real }: MountFact, home: string): Wanted[] {
  if (mount.access !== "rw") return [];
  const shown = contains(home, mount.host) ? `~${mount.host.slice(home.length)}` : mount.host;
  return mount.protect.map((below) => ({
    name: `${shown}/${below}`,
    root: real,
    below,
    why: `by ${mount.origin}`,
    missing: choosePlaceholder(below),
    missingParent: DIRECTORY,
  }));
}

function look({ name, root, below, why, missing, missingParent }: Wanted): ProtectedFact[] {
  const parts = below.split("/");
  let path = root;
  let isOpen = false;
  for (const [index, part] of parts.entries()) {
    isOpen ||= isWritable(path);
    path = join(path, part);
    const isLast = index === parts.length - 1;
    const status = readStatus(path);
    if (status?.isSymbolicLink() && readTarget(path) !== undefined)
      return [{ kind: "link", name, path, why }];
    const placeholder = isLast ? missing : missingParent;
    const isThere = status !== undefined && !isPlaceholder(status, placeholder);
    // Nobody inside could make it either, nor put something else in the place of what it is in.
    if (!isThere) return isOpen ? [{ kind: "missing", name, path, why, placeholder }] : [];
    if (!isLast && !status.isDirectory()) return [{ kind: "present", name, path, why }];
  }
  return [{ kind: "present", name, path, why }];
}

/** What is one's own can be made writable; what is not there is made by the launch. */
function isWritable(directory: string): boolean {
  const status = readStatus(directory);
  if (status === undefined || status.uid === process.getuid?.()) return true;
  return isPermitted(directory, constants.W_OK);
}

/** Left by another sandbox, which will take it away. The same marks are in src/init/places.c. */
function isPlaceholder(status: Stats, placeholder: Placeholder): boolean {
  const isMarked = (status.mode & 0o1000) !== 0;
  switch (placeholder.kind) {
    case "nothing":
      return status.isSocket();
    case "directory":
      return isMarked && status.isDirectory();
    case "file":
      return isMarked && status.isFile() && status.size === placeholder.text.length;
  }
}
