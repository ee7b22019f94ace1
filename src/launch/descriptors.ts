import { fstatSync, readFileSync } from "node:fs";
import type { Stats } from "node:fs";
import { UserError } from "../errors.ts";
import { FIRST_FILE } from "../plan/bwrap.ts";
import { MOST_COPIED } from "../plan/etc-mounts.ts";

/**
 * Descriptors that the caller left open are closed at execve by the runtime, which is
 * as it should be: an open directory or socket of the host goes straight through every
 * mount (`openat(fd, "..")` would walk out of the sandbox).
 *
 * Pipes that the command line names are wanted, because `claude <(command)` hands the
 * agent one as /dev/fd/63; and a pipe leads nowhere but to its other end.
 *
 * @throws UserError for one at a number at which the init program puts something else
 */
export function findNamedPipes(argv: readonly string[]): number[] {
  return argv.flatMap((word) => {
    const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/u.exec(word) ?? [];
    const descriptor = Number(digits ?? 0);
    if (descriptor <= 2 || !isPipe(descriptor)) return [];
    if (OWN.some(([first, last]) => first <= descriptor && descriptor <= last)) throw taken(word);
    return [descriptor];
  });
}

/** Where the init program puts what keeps placeholders; see src/init/init.c. */
export const FIRST_PLACE = 600;

/** The init program's: its terminal, channels and files, what is the supervisor's, placeholders. */
const OWN = [
  [190, 193],
  [197, FIRST_FILE + MOST_COPIED],
  [298, 299],
  [FIRST_PLACE, 855],
] as const;

function taken(word: string): UserError {
  return new UserError(`\`${word}\` cannot be handed on: pale uses that number itself`, {
    hint: "open the pipe at a number below 190",
  });
}

/**
 * The standard streams stay open whatever they are.
 *
 * @throws UserError when one is a directory, which leads out of every mount
 */
export function refuseDirectories(): void {
  const names = ["input", "output", "error"];
  const descriptor = names.findIndex((_, index) => readDescriptor(index)?.isDirectory());
  if (descriptor === -1) return;
  throw new UserError(`standard ${names[descriptor]} is a directory`, {
    hint: "an open directory of the host would lead the agent out of its sandbox",
  });
}

/**
 * The init program puts files and listening sockets at fixed numbers below `openFiles`;
 * bubblewrap writes files of up to `fileSize` bytes.
 *
 * @throws UserError when a limit of the caller's is lower
 */
export function checkLimits(openFiles: number, fileSize: number): void {
  const limits = readFileSync("/proc/self/limits", "latin1");
  const open = readLower(limits, /^Max open files\s+(\d+)/mu, openFiles);
  if (open !== undefined) {
    throw new UserError(`${open} open files are too few for a sandbox`, {
      hint: `ulimit -n ${openFiles}`,
    });
  }
  const size = readLower(limits, /^Max file size\s+(\d+)/mu, fileSize);
  if (size === undefined) return;
  throw new UserError(`files of ${size} bytes at most are too small for a sandbox`, {
    hint: "ulimit -f unlimited",
  });
}

/** `undefined` where the limit is high enough, or there is none. */
function readLower(limits: string, line: RegExp, least: number): number | undefined {
  const [, soft] = line.exec(limits) ?? [];
  return soft !== undefined && Number(soft) < least ? Number(soft) : undefined;
}

function isPipe(descriptor: number): boolean {
  return readDescriptor(descriptor)?.isFIFO() ?? false;
}

function readDescriptor(descriptor: number): Stats | undefined {
  try {
    return fstatSync(descriptor);
  } catch {
    return undefined;
  }
}
