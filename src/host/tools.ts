import { realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { Tool } from "../plan/facts.ts";
import { quoteForShell } from "../terminal.ts";
import { nameInstallation, readDistribution } from "./distribution.ts";
import { readStatusThroughLinks } from "./status.ts";

/**
 * Programs that pale itself runs outside the sandbox. They are never looked up in the
 * caller's PATH: a repository's own bin directory may stand first in it. They come
 * from a fixed list, and only a file that nobody but root (or the Nix store) can have
 * written is taken.
 */
const DIRECTORIES = [
  "/usr/bin",
  "/bin",
  "/usr/local/bin",
  "/usr/sbin",
  "/sbin",
  "/run/current-system/sw/bin",
  "/nix/var/nix/profiles/default/bin",
  ...listBundled(),
];

declare const PALE_TOOLS: string | undefined;

/**
 * A package can name a directory with tools when it builds pale (nix/package.nix). It comes last: where
 * AppArmor restricts user namespaces, it lets the system's bubblewrap make them and no other.
 */
function listBundled(): string[] {
  return typeof PALE_TOOLS === "string" && PALE_TOOLS !== "" ? [PALE_TOOLS] : [];
}

/** @throws UserError when the tool is missing or its file cannot be trusted */
export function findTool(name: string, directories: readonly string[] = DIRECTORIES): Tool {
  const found = findProgram(name, directories);
  return { ...found, version: readVersion(found.path) };
}

/**
 * The same, without running it to ask for its version.
 *
 * @throws UserError when the tool is missing or its file cannot be trusted
 */
export function findProgram(
  name: string,
  directories: readonly string[] = DIRECTORIES,
): Omit<Tool, "version"> {
  for (const directory of directories) {
    const path = join(directory, name);
    const fingerprint = fingerprintFile(path);
    if (fingerprint === undefined) continue;
    checkTrust(name, path);
    return { path, fingerprint };
  }
  throw missingTool(name, directories);
}

/**
 * A program that only root can have written, past all links; setuid ones too, and without running
 * it. `undefined` when there is none.
 */
export function findRootProgram(
  name: string,
  directories: readonly string[] = DIRECTORIES,
): string | undefined {
  const found = directories.map((directory) => join(directory, name)).find(fingerprintFile);
  if (found === undefined) return undefined;
  checkOwners(name, found);
  return realpathSync(found);
}

/** What a file is by its metadata; `undefined` when it is not there. */
export function fingerprintFile(path: string): string | undefined {
  const status = readStatusThroughLinks(path);
  if (!status?.isFile()) return undefined;
  return [status.dev, status.ino, status.size, status.mtimeMs, status.ctimeMs].join(":");
}

function checkTrust(name: string, path: string): void {
  checkOwners(name, path);
  const real = realpathSync(path);
  if ((statSync(real).mode & 0o6000) !== 0) {
    throw new UserError(`\`${name}\` is setuid; pale needs it without privilege`, {
      origin: real,
      hint: `sudo chmod u-s,g-s ${quoteForShell(real)}`,
    });
  }
}

function checkOwners(name: string, path: string): void {
  const real = realpathSync(path);
  if (real.startsWith("/nix/store/") || real.startsWith("/gnu/store/")) return;
  for (let part = real; part !== "/"; part = dirname(part)) {
    const { uid, mode } = statSync(part);
    if (uid !== 0 || (mode & 0o022) !== 0) {
      throw new UserError(`\`${name}\` could have been replaced by another user`, {
        origin: part,
        hint: `sudo chown root:root ${quoteForShell(part)} && sudo chmod go-w ${quoteForShell(part)}`,
      });
    }
  }
}

function readVersion(path: string): string {
  const output = process
    .getBuiltinModule("node:child_process")
    .execFileSync(path, ["--version"], { env: {}, encoding: "utf8" });
  return /\d+(?:\.\d+)*/u.exec(output)?.[0] ?? "0";
}

function missingTool(name: string, directories: readonly string[]): UserError {
  return new UserError(`\`${name}\` is not installed`, {
    origin: `looked in ${directories.join(", ")}`,
    hint: nameInstallation(name, readDistribution()),
  });
}
