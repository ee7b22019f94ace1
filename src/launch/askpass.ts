import { constants } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { UserError } from "../errors.ts";
import type { Environment } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import { isPermitted, readStatus } from "../host/status.ts";
import { findProgram } from "../host/tools.ts";
import { quoteForShell } from "../terminal.ts";
import { couldWrite, isWritable } from "./variable-sources.ts";

type AskpassQuestion = { environment: Environment; writable: readonly string[] };

const ORIGIN = '`ssh_confirm = "ask"`';

/**
 * The program that puts a question of ssh's on the user's screen: the one that SSH_ASKPASS names,
 * else the system's. No agent may have written it: it would answer for the user.
 *
 * @throws UserError when there is none, or no screen
 */
export function findAskpass({ environment, writable }: AskpassQuestion): string {
  if (!environment["DISPLAY"] && !environment["WAYLAND_DISPLAY"]) {
    throw new UserError("there is no display to ask for signatures on", {
      origin: `${ORIGIN}; DISPLAY and WAYLAND_DISPLAY are empty`,
      hint: "start from a desktop, or have them noted alone: --ssh-confirm log",
    });
  }
  const named = environment["SSH_ASKPASS"] ?? "";
  return named === "" ? findInstalled() : checkNamed(named, writable);
}

function findInstalled(): string {
  try {
    return findProgram("ssh-askpass").path;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}, and SSH_ASKPASS names no other program`, {
      origin: ORIGIN,
      hint: "sudo apt install ssh-askpass-gnome   (Fedora: sudo dnf install openssh-askpass)",
    });
  }
}

function checkNamed(named: string, writable: readonly string[]): string {
  const real = isAbsolute(named) ? followLinks(named)?.real : undefined;
  if (real === undefined || !isProgram(real)) {
    throw new UserError(`SSH_ASKPASS is \`${named}\`, which is no program`, {
      origin: ORIGIN,
      hint: "set it to the absolute path of one: SSH_ASKPASS=/usr/bin/ssh-askpass",
    });
  }
  if (isWritable(named, writable)) throw couldWrite("SSH_ASKPASS", named, ORIGIN);
  const open = findOpen(real);
  if (open === undefined) return real;
  throw new UserError("`SSH_ASKPASS` could have been replaced by another user", {
    origin: open,
    hint: `chmod go-w ${quoteForShell(open)}`,
  });
}

function isProgram(path: string): boolean {
  return isPermitted(path, constants.X_OK) && (readStatus(path)?.isFile() ?? false);
}

const STICKY = 0o1000;

/** The first part of the way that someone else may change. */
function findOpen(path: string): string | undefined {
  const own = process.getuid?.();
  for (let part = path; part !== "/"; part = dirname(part)) {
    const status = readStatus(part);
    if (!status) return part;
    const { uid, mode } = status;
    const isSticky = status.isDirectory() && (mode & STICKY) !== 0;
    const isOpen = (mode & 0o022) !== 0 && !isSticky;
    // Who belongs to nobody here (a user namespace) cannot be told from root.
    if (isOpen || (uid !== 0 && uid !== own)) return part;
  }
  return undefined;
}
