import { closeSync, constants, openSync, readSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { EXIT, UserError } from "../errors.ts";
import { quoteForShell } from "../terminal.ts";
import { followLinks } from "./links.ts";
import { isPermitted, readStatusThroughLinks } from "./status.ts";

/** Stands in every shim that pale writes, wherever it is, so that one is never taken for a program. */
export const SHIM_MARK = "# pale shim";

export type Search = {
  /** PATH of the caller, as it is. */
  path: string | undefined;
  workingDirectory: string;
  /** Directories that hold shims; known again by device and inode under any name. */
  shimDirectories: readonly string[];
};

/**
 * The file that a shell would run for `command`, were there no shims. A name with a
 * slash is a path; others are looked for in the absolute entries of PATH.
 *
 * @throws UserError with exit code 127 (nothing there) or 126 (not executable)
 */
export function findCommand(command: string, search: Search): string {
  const candidates = command.includes("/")
    ? [nameFile(command, search.workingDirectory)]
    : listDirectories(search).map((directory) => join(directory, command));
  const files = candidates.filter((candidate) => isFile(candidate) && !isShim(candidate));
  const found = files.find((file) => isPermitted(file, constants.X_OK));
  if (found) return found;
  if (command.includes("/") && isDirectory(candidates[0])) throw isNoFile(command);
  throw files[0] ? notExecutable(command, files[0]) : notFound(command, search);
}

/** Is there a program of this name, other than a shim? */
export function isInstalled(command: string, search: Search): boolean {
  try {
    return findCommand(command, search) !== "";
  } catch {
    return false;
  }
}

/** As the kernel goes: `link/..` is above where the link leads, not above the link. */
function nameFile(command: string, workingDirectory: string): string {
  const written = isAbsolute(command) ? command : `${workingDirectory}/${command}`;
  const real = followLinks(written)?.real;
  const plain = resolve(written);
  return real === followLinks(plain)?.real ? plain : (real ?? written);
}

/** The absolute entries of PATH that are directories and hold no shims, each once. */
export function listDirectories(search: Search): string[] {
  const shims = new Set(search.shimDirectories.map(identify).filter(Boolean));
  const entries = (search.path ?? "").split(":").filter(isAbsolute);
  return [...new Set(entries)].filter((entry) => {
    const identity = identify(entry);
    return identity !== undefined && !shims.has(identity);
  });
}

function isDirectory(path: string | undefined): boolean {
  return path !== undefined && identify(path) !== undefined;
}

function identify(directory: string): string | undefined {
  const status = readStatusThroughLinks(directory);
  return status?.isDirectory() ? `${status.dev}:${status.ino}` : undefined;
}

function isFile(path: string): boolean {
  return readStatusThroughLinks(path)?.isFile() ?? false;
}

/** Whether a file that begins so is one of the shims that start the sandbox (shims/sandboxed.sh), and no way out. */
export function runsSandboxed(head: string): boolean {
  return head.includes(`\n${SHIM_MARK}: runs \``) && head.includes("` in its sandbox.");
}

function isShim(path: string): boolean {
  return readHead(path, 256).includes(SHIM_MARK);
}

/** The first bytes of a file as text; empty when it is no file (a pipe would block) or cannot be read. */
export function readHead(
  path: string,
  length: number,
  encoding: "latin1" | "utf8" = "latin1",
): string {
  if (!isFile(path)) return "";
  try {
    const descriptor = openSync(path, "r");
    try {
      const buffer = Buffer.allocUnsafe(length);
      return buffer.toString(encoding, 0, readSync(descriptor, buffer, 0, length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}

function notExecutable(command: string, file: string): UserError {
  return new UserError(`\`${command}\` is not executable`, {
    origin: file,
    hint: `chmod +x ${quoteForShell(file)}`,
    exitCode: EXIT.notExecutable,
  });
}

function isNoFile(command: string): UserError {
  return new UserError(`\`${command}\` is a directory`, {
    hint: "name the program in it",
    exitCode: EXIT.notExecutable,
  });
}

function notFound(command: string, search: Search): UserError {
  const where = command.includes("/") ? ` in ${search.workingDirectory}` : " on PATH";
  return new UserError(`\`${command}\` was not found${isAbsolute(command) ? "" : where}`, {
    hint: command.includes("/")
      ? "check the path"
      : "install it, or add its directory to PATH (shims of pale do not count)",
    exitCode: EXIT.notFound,
  });
}
