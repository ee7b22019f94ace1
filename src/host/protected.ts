import { readdirSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
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
import { readHead } from "./search.ts";
import { readStatus, readTarget } from "./status.ts";

/** A path to be kept as it is; `root`: what holds it, and is not looked at itself. */
type Wanted = {
  name: string;
  root: string;
  below: string;
  why: string;
  missing: Placeholder;
  /** Of directories that are missing on the way. */
  missingParent: Placeholder;
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
  { project, mounts }: { project: ProjectFacts; mounts: readonly MountFact[] },
  home: string,
): ProtectedFact[] {
  const wanted = [
    ...listProject(policy, project.root),
    ...listGit(project),
    ...mounts.flatMap((fact) => listState(fact, home)),
  ];
  for (const { value, origin } of policy.unprotect) checkName(value, origin, wanted);
  const names = policy.unprotect.map(({ value }) => value);
  return wanted.filter(({ name }) => !names.some((each) => contains(each, name))).map(look);
}

function checkName(name: string, origin: string, wanted: readonly Wanted[]): void {
  const known = [...wanted, ...GIT_NAMES.map((each) => ({ name: `.git/${each.name}` }))];
  // Submodules and worktrees come and go.
  const isPassing = /^\.git\/(?:modules|worktrees)(?:\/|$)/u.test(name);
  if (isPassing || name === ".git") return;
  if (known.some((each) => contains(name, each.name))) return;
  throw new UserError(`\`${name}\` is not protected`, {
    origin,
    hint: `what is: ${known.map((each) => each.name).join(", ")}`,
  });
}

function listProject({ protect }: Policy, root: string): Wanted[] {
  const own = protect.map(({ value, origin }) => ({ name: value, why: `by ${origin}` }));
  const isHome = SHELL_NAMES.some(({ name }) => readStatus(join(root, name)) !== undefined);
  const names = [...PROJECT_NAMES, ...(isHome ? SHELL_NAMES : []), ...own];
  return names.map(({ name, why }) => inProject(root, name, why));
}

function inProject(root: string, name: string, why: string): Wanted {
  return { name, root, below: name, why, missing: IN_PROJECT, missingParent: IN_PROJECT };
}

const DIRECTORY: Placeholder = { kind: "directory" };

/** Of the project's git directory, wherever that is; or what keeps one from being made. */
function listGit({ root, gitDirectories }: ProjectFacts): Wanted[] {
  const status = readStatus(join(root, ".git"));
  const outside = gitDirectories
    .filter((directory) => !contains(root, directory))
    .flatMap((directory) => listGitDirectory(".git", directory, root));
  if (status?.isDirectory())
    return [...listGitDirectory(".git", join(root, ".git"), root), ...outside];
  const why = status === undefined ? NO_GIT_WHY : GIT_FILE_WHY;
  const own = { ...inProject(root, ".git", why), missing: DIRECTORY };
  const inside = findGitDirectory(root);
  return [
    own,
    ...outside,
    ...(inside ? listGitDirectory(relative(root, inside), inside, root) : []),
  ];
}

/** The git directory that a `.git` file names, when that is in the project. */
function findGitDirectory(root: string): string | undefined {
  const [, named] =
    /^gitdir: (.+)$/mu.exec(readHead(join(root, ".git"), MOST_BYTES, "utf8") ?? "") ?? [];
  const directory = named === undefined ? undefined : resolve(root, named.trim());
  const isInside = directory !== undefined && directory !== root && contains(root, directory);
  return isInside && readStatus(directory)?.isDirectory() ? directory : undefined;
}

const MOST_BYTES = 65_536;

function listGitDirectory(name: string, directory: string, project: string): Wanted[] {
  const entries = parseGitConfiguration(
    readHead(join(directory, "config"), MOST_BYTES, "utf8") ?? "",
  );
  const isBare = entries.some((entry) => entry.name === "bare" && entry.value !== "false");
  // Where there is one, git takes no notice of `core.bare`.
  const names = GIT_NAMES.filter((each) => !(isBare && each.name === "commondir"));
  return [
    ...names.map((each) => inGit(name, directory, each)),
    ...listNamed(entries, directory, project),
    ...findGitDirectories(join(directory, "modules")).flatMap((module) => {
      const path = join(directory, "modules", module);
      return listGitDirectory(`${name}/modules/${module}`, path, project);
    }),
    ...listDirectories(join(directory, "worktrees")).flatMap((worktree) =>
      WORKTREE_NAMES.map((each) =>
        inGit(`${name}/worktrees/${worktree}`, join(directory, "worktrees", worktree), each),
      ),
    ),
  ];
}

function inGit(
  name: string,
  root: string,
  { name: below, why, missing }: ProtectedGitName,
): Wanted {
  return { name: `${name}/${below}`, root, below, why, missing, missingParent: DIRECTORY };
}

/** Hooks and settings in the project that its git configuration leads to. */
function listNamed(
  entries: ReturnType<typeof parseGitConfiguration>,
  directory: string,
  project: string,
): Wanted[] {
  return entries.flatMap(({ section, name, value }) => {
    const isHooks = section === "core" && name === "hookspath";
    const isInclude = /^include(?:if)?$/u.test(section) && name === "path";
    if (!isHooks && !isInclude) return [];
    const path = resolve(isHooks ? project : directory, value);
    const below = relative(project, path);
    if (below === "" || below.startsWith("..") || isAbsolute(below)) return [];
    if (contains(join(project, ".git"), path)) return [];
    return [inProject(project, below, isHooks ? "core.hooksPath: git runs them" : "git reads it")];
  });
}

/** Names of submodules hold slashes, so a git directory may lie deeper. */
function findGitDirectories(directory: string): string[] {
  const found: string[] = [];
  const pending = listDirectories(directory);
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (readStatus(join(directory, name, "HEAD"))) found.push(name);
    else pending.push(...listDirectories(join(directory, name)).map((each) => `${name}/${each}`));
    if (pending.length + found.length > MOST_DIRECTORIES) throw tooMany(directory);
  }
  return found;
}

function listDirectories(directory: string): string[] {
  if (!readStatus(directory)?.isDirectory()) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  if (entries.length > MOST_DIRECTORIES) throw tooMany(directory);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** More mounts than that no sandbox should have. */
const MOST_DIRECTORIES = 128;

function tooMany(directory: string): UserError {
  return new UserError(`too many directories in \`${directory}\` to protect each`, {
    hint: "`git worktree prune` removes what is no longer used",
  });
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

function look({ name, root, below, why, missing, missingParent }: Wanted): ProtectedFact {
  const parts = below.split("/");
  let path = root;
  for (const [index, part] of parts.entries()) {
    path = join(path, part);
    const isLast = index === parts.length - 1;
    const status = readStatus(path);
    if (status?.isSymbolicLink() && readTarget(path) !== undefined)
      return { kind: "link", name, path, why };
    const placeholder = isLast ? missing : missingParent;
    const isThere = status !== undefined && !isPlaceholder(status, placeholder);
    if (!isThere) return { kind: "missing", name, path, why, placeholder };
    if (!isLast && !status.isDirectory()) return { kind: "present", name, path, why };
  }
  return { kind: "present", name, path, why };
}

/** Left by another sandbox, which will take it away. The same marks are in src/init/init.c. */
function isPlaceholder(
  status: NonNullable<ReturnType<typeof readStatus>>,
  placeholder: Placeholder,
): boolean {
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
