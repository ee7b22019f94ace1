/**
 * What the filter answers to a system call, as a tree. The kernel keeps one loaded
 * value; `load` replaces it, `branch` compares it, `answer` ends the filter.
 */
export type Decision =
  | { kind: "answer"; verdict: number }
  | { kind: "load"; offset: number; next: Decision }
  | Branch;

export type Branch = { kind: "branch"; test: Test; operand: number; yes: Decision; no: Decision };

/** `anyBit`: the loaded value and the operand have a bit in common. All unsigned, 32 bits. */
export type Test = "equal" | "atLeast" | "anyBit";

const EPERM = 1;
const ENOSYS = 38;

/** The values are those of linux/seccomp.h: an action, with the errno in the low 16 bits. */
export const ALLOW: Decision = { kind: "answer", verdict: 0x7fff_0000 };
export const KILL_PROCESS: Decision = { kind: "answer", verdict: 0x8000_0000 };
/** For arguments that are refused: the call exists, this use of it does not. */
export const REFUSE: Decision = { kind: "answer", verdict: 0x0005_0000 + EPERM };
/** For whole calls: programs take it for an older kernel, and fall back. */
export const UNKNOWN_CALL: Decision = { kind: "answer", verdict: 0x0005_0000 + ENOSYS };

export function branch(comparison: Omit<Branch, "kind">): Decision {
  return { kind: "branch", ...comparison };
}

/** Offsets are those of `struct seccomp_data`: number, architecture, instruction, six arguments. */
export function loadNumber(next: Decision): Decision {
  return { kind: "load", offset: 0, next };
}

export function loadArchitecture(next: Decision): Decision {
  return { kind: "load", offset: 4, next };
}

/**
 * Loads the low half of a 64-bit argument and leaves the high half alone. Every argument
 * judged here is an `int` to the kernel or has its meaning in the low half, so whatever
 * stands above must not make a refused value look like another one.
 */
export function loadArgument(index: 0 | 1 | 2, next: Decision): Decision {
  return { kind: "load", offset: 16 + 8 * index, next };
}
