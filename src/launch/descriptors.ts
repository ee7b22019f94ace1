import { fstatSync } from "node:fs";

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

function isPipe(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFIFO();
  } catch {
    return false;
  }
}
