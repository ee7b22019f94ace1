import { ALLOWED_SYSCALLS } from "./allowed-syscalls.ts";
import { judgeArguments } from "./argument-rules.ts";
import { assemble } from "./assemble.ts";
import { DENIED_SYSCALLS } from "./denied-syscalls.ts";
import {
  ALLOW,
  branch,
  type Decision,
  KILL_PROCESS,
  loadArchitecture,
  loadNumber,
  UNKNOWN_CALL,
} from "./decision.ts";
import { divide, search, type Segment } from "./search.ts";

/**
 * The seccomp filter of a sandbox. The kernel runs it on every system call of every
 * process inside, before the call itself; no process can take it off again.
 *
 * It allows a list (allowed-syscalls.ts) and answers ENOSYS to the rest, so that programs
 * believe in an older kernel and use what is there. It first makes sure that numbers mean what
 * the list takes them for: a process may enter the kernel by another architecture's door (32-bit
 * `int 0x80`, the x32 numbers), where the same number is another call. No program does so by
 * mistake; such a process is killed.
 *
 * The refusal of `unshare`, `setns`, `clone3` and of namespace flags to `clone` is what
 * keeps user namespaces, and with them the kernel's privileged code, out of reach where bwrap
 * is older than 0.8 and has no `--disable-userns`.
 */
export type Architecture = keyof typeof ARCHITECTURES;

/** `denylist`: what is left of the filter when it is switched off; see denied-syscalls.ts. */
export type FilterKind = "allowlist" | "denylist";

/** Packed `struct sock_filter[]`: see `assemble`. The same bytes on every call. */
export function assembleFilter(
  architecture: Architecture,
  kind: FilterKind = "allowlist",
): Uint8Array {
  const { audit, beyond } = ARCHITECTURES[architecture];
  const listed =
    kind === "allowlist"
      ? divide(decideListed(architecture), UNKNOWN_CALL)
      : divide(decideDenied(architecture), ALLOW);
  const byNumber = loadNumber(search([...listed, ...beyond]));
  return assemble(
    loadArchitecture(branch({ test: "equal", operand: audit, yes: byNumber, no: KILL_PROCESS })),
  );
}

/**
 * x32 calls are marked by bit 30 of the number. The number -1 has that bit as well but
 * is nobody's call: libraries built with old headers make it for calls they do not know,
 * and a tracer outside sets it to skip a call.
 */
const X32: Segment[] = [
  { from: 0x4000_0000, decision: KILL_PROCESS },
  { from: 0xffff_ffff, decision: UNKNOWN_CALL },
];

/** `audit` is AUDIT_ARCH_* of linux/audit.h, `beyond` what follows the numbers listed. */
const ARCHITECTURES = {
  x86_64: { audit: 0xc000_003e, beyond: X32, column: 0 },
  aarch64: { audit: 0xc000_00b7, beyond: [], column: 1 },
} as const;

/** The decisions on the calls listed, indexed by number, with holes for those that are not. */
function decideListed(architecture: Architecture): Decision[] {
  const { column } = ARCHITECTURES[architecture];
  const rules = judgeArguments();
  const decisions: Decision[] = [];
  for (const name in ALLOWED_SYSCALLS) {
    const number = ALLOWED_SYSCALLS[name]?.[column];
    if (number !== undefined) decisions[number] = rules[name] ?? ALLOW;
  }
  return decisions;
}

function decideDenied(architecture: Architecture): Decision[] {
  const { column } = ARCHITECTURES[architecture];
  const decisions: Decision[] = [];
  for (const { numbers, decision } of Object.values(DENIED_SYSCALLS)) {
    decisions[numbers[column]] = decision;
  }
  return decisions;
}
