import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { readStatus } from "./status.ts";

/**
 * Names of submodules hold slashes, so a git directory may lie deeper, also below what looks
 * like one: an agent may have removed `HEAD` of the one, or put files into the other. It
 * cannot remove `config`, which is protected.
 */
export function findGitDirectories(directory: string): string[] {
  const found: string[] = [];
  const pending = listDirectories(directory);
  let looked = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const path = join(directory, name);
    const isFound = isGitDirectory(path) || readStatus(join(path, "HEAD")) !== undefined;
    if (isFound) found.push(name);
    const below = listDirectories(path).filter(
      (each) => !isFound || !OWN_DIRECTORIES.has(each) || isGitDirectory(join(path, each)),
    );
    pending.push(...below.map((each) => `${name}/${each}`));
    looked += 1;
    if (looked > MOST_LOOKED || found.length > MOST_DIRECTORIES) throw tooMany(directory);
  }
  return found;
}

function isGitDirectory(path: string): boolean {
  return readStatus(join(path, "config")) !== undefined;
}

/** Of a git directory; its submodules are found with it. */
const OWN_DIRECTORIES = new Set(
  "branches hooks info lfs logs modules objects refs rebase-merge worktrees".split(" "),
);

const MOST_LOOKED = 1024;

export function listDirectories(directory: string): string[] {
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
