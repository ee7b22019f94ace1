import { fstatSync, readFileSync } from "node:fs";
import type { Stats } from "node:fs";
import { UserError } from "../errors.ts";

/**
 * Descriptors that the caller left open are closed at execve by the runtime, which is
 * as it should be: an open directory or socket of the host goes straight through every
 * mount (`openat(fd, "..")` would walk out of the sandbox).
 *
 * Pipes that the command line names are wanted, because `claude <(command)` hands the
 * agent one as /dev/fd/63; and a pipe leads nowhere but to its other end.
 */
export function findNamedPipes(argv: readonly string[]): number[] {
  return argv.flatMap((word) => {
    const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/u.exec(word) ?? [];
    const descriptor = Number(digits ?? 0);
    return descriptor > 2 && isPipe(descriptor) ? [descriptor] : [];
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
 * The init program puts files and listening sockets at fixed numbers below `most`.
 *
 * @throws UserError when the limit of open files is lower
 */
export function checkLimit(most: number): void {
  const [, soft] =
    /^Max open files\s+(\S+)/mu.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  if (soft === undefined || soft === "unlimited" || Number(soft) >= most) return;
  throw new UserError(`${soft} open files are too few for a sandbox`, {
    hint: `ulimit -n ${most}`,
  });
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
