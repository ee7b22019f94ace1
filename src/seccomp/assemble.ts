import type { Branch, Decision, Test } from "./decision.ts";

/**
 * Turns a decision into classic BPF, `struct sock_filter[]` of linux/filter.h.
 *
 * BPF jumps forwards only and relative to the next instruction, so a subtree's code does
 * not depend on where it ends up: a branch is its comparison, then the code of `no`,
 * then that of `yes`, and the distance to jump is the length of the former. Conditional
 * jumps reach 255 instructions; beyond that an unconditional one, with 32 bits, takes over.
 *
 * The program is written from its end to its start, because a branch needs to know how
 * long its `no` has become.
 *
 * Only the instructions are used that the kernel can evaluate in advance (`LD`, `JEQ`, `JGE`,
 * `JSET`, `JA`, `RET`): since Linux 5.11 it remembers which numbers are always
 * allowed and does not run the filter for them at all.
 *
 * @returns 8 bytes per instruction, little endian, as `bwrap --seccomp FD` reads them.
 */
export function assemble(decision: Decision): Uint8Array {
  const backwards: Instruction[] = [];
  prepend(decision, backwards);
  if (backwards.length > MAXIMUM_LENGTH) {
    throw new Error(`filter has ${backwards.length} instructions, more than the kernel takes`);
  }
  return pack(backwards.toReversed());
}

/** The fields of `struct sock_filter`: `jumpTrue` and `jumpFalse` are counted in instructions. */
type Instruction = { code: number; jumpTrue: number; jumpFalse: number; operand: number };

/** BPF_MAXINSNS. */
const MAXIMUM_LENGTH = 4096;
const LONGEST_CONDITIONAL_JUMP = 255;

const LOAD_WORD = 0x20;
const JUMP = 0x05;
const RETURN = 0x06;
const COMPARE: Record<Test, number> = { equal: 0x15, atLeast: 0x35, anyBit: 0x45 };

function prepend(decision: Decision, backwards: Instruction[]): void {
  switch (decision.kind) {
    case "answer":
      backwards.push(plain(RETURN, decision.verdict));
      break;
    case "load":
      prepend(decision.next, backwards);
      backwards.push(plain(LOAD_WORD, decision.offset));
      break;
    case "branch":
      prependBranch(decision, backwards);
      break;
  }
}

function prependBranch(decision: Branch, backwards: Instruction[]): void {
  prepend(decision.yes, backwards);
  const end = backwards.length;
  prepend(decision.no, backwards);
  const distance = backwards.length - end;
  const comparison = { code: COMPARE[decision.test], operand: decision.operand };
  if (distance <= LONGEST_CONDITIONAL_JUMP) {
    backwards.push({ ...comparison, jumpTrue: distance, jumpFalse: 0 });
  } else {
    backwards.push(plain(JUMP, distance), { ...comparison, jumpTrue: 0, jumpFalse: 1 });
  }
}

function plain(code: number, operand: number): Instruction {
  return { code, operand, jumpTrue: 0, jumpFalse: 0 };
}

function pack(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * instructions.length);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { code, jumpTrue, jumpFalse, operand } of instructions) {
    view.setUint16(offset, code, true);
    view.setUint8(offset + 2, jumpTrue);
    view.setUint8(offset + 3, jumpFalse);
    view.setUint32(offset + 4, operand, true);
    offset += 8;
  }
  return bytes;
}
