import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { assemble } from "../../src/seccomp/assemble.ts";
import { type Decision, loadNumber } from "../../src/seccomp/decision.ts";
import { assembleFilter } from "../../src/seccomp/filter.ts";
import { search } from "../../src/seccomp/search.ts";
import { skip } from "../helpers/requires.ts";
import { listCalls } from "./calls.ts";
import { compileProbe } from "./compile.ts";
import { AUDIT, expectVerdict, type Machine, MACHINES, type Verdict } from "./expected.ts";
import type { SystemCall } from "./interpret.ts";

/** Errnos of no call, standing for the verdicts in what the kernel is given to execute. */
const STAND_INS: Record<Verdict, number> = {
  ALLOW: 2001,
  KILL_PROCESS: 2002,
  EPERM: 2003,
  ENOSYS: 2004,
};
const RETURN_VALUES: Record<number, Verdict> = {
  0x7fff0000: "ALLOW",
  0x80000000: "KILL_PROCESS",
  0x00050001: "EPERM",
  0x00050026: "ENOSYS",
};

for (const machine of MACHINES) {
  test(`the kernel's own verdicts under the ${machine} filter are the reference's`, (context) => {
    const native = findMachine(context);
    if (!native) return;
    const calls = listFilteredCalls(machine);
    const program = standIn(assembleFilter(machine), { [AUDIT[machine]]: AUDIT[native] });
    const verdicts = replay(context, program, calls);
    if (!verdicts) return;
    const wrong = calls.flatMap((call, index) => {
      const expected = STAND_INS[expectVerdict(machine, call)];
      return verdicts[index] === expected ? [] : [{ ...call, actual: verdicts[index], expected }];
    });
    assert.deepEqual(wrong.slice(0, 5), []);
  });
}

test("the kernel kills whatever calls under the other machine's filter", (context) => {
  const native = findMachine(context);
  if (!native) return;
  const other = native === "x86_64" ? "aarch64" : "x86_64";
  const verdicts = replay(context, standIn(assembleFilter(other), {}), listFilteredCalls(native));
  if (verdicts) assert.deepEqual([...new Set(verdicts)], [STAND_INS.KILL_PROCESS]);
});

test("the kernel takes a program of long jumps, and reaches every answer", (context) => {
  const numbers = Array.from({ length: 1200 }, (_, index) => 1000 + index);
  const segments = numbers.map((from) => ({ from, decision: errno(from) }));
  const calls = numbers.map((number) => ({ audit: 0, number, arguments: [] }));
  const verdicts = replay(context, assemble(loadNumber(search(segments))), calls);
  if (verdicts) assert.deepEqual(verdicts, numbers);
});

function errno(value: number): Decision {
  return { kind: "answer", verdict: 0x00050000 + value };
}

/**
 * `uretprobe` and `uprobe` belong to the kernel: newer ones do not ask any filter about them, and
 * end a process that calls them itself.
 */
function listFilteredCalls(machine: Machine): SystemCall[] {
  return listCalls(machine).filter(({ number }) => number !== 335 && number !== 336);
}

function findMachine(context: TestContext): Machine | undefined {
  if (process.arch === "x64") return "x86_64";
  if (process.arch === "arm64") return "aarch64";
  return skip(context, `there is no filter for ${process.arch}`);
}

/** The program with its verdicts, and the constants given, exchanged. */
function standIn(program: Uint8Array, constants: Record<number, number>): Uint8Array {
  const copy = program.slice();
  const view = new DataView(copy.buffer);
  for (let offset = 0; offset < copy.length; offset += 8) {
    const operand = view.getUint32(offset + 4, true);
    const verdict = RETURN_VALUES[operand];
    const isReturn = view.getUint16(offset, true) === 0x06;
    if (isReturn) assert.ok(verdict, `verdict 0x${operand.toString(16)}`);
    const replacement = isReturn && verdict ? 0x00050000 + STAND_INS[verdict] : constants[operand];
    if (replacement !== undefined) view.setUint32(offset + 4, replacement, true);
  }
  return copy;
}

function replay(context: TestContext, program: Uint8Array, calls: SystemCall[]) {
  const probe = compileProbe(context, "replay");
  if (!probe) return undefined;
  const folder = dirname(probe);
  writeFileSync(join(folder, "program"), program);
  writeFileSync(join(folder, "calls"), packCalls(calls));
  writeFileSync(join(folder, "results"), new Int32Array(calls.length));
  const run = spawnSync(probe, ["program", "calls", "results"], { cwd: folder, encoding: "utf8" });
  assert.deepEqual([run.status, run.stderr], [0, ""]);
  const results = readFileSync(join(folder, "results"));
  return calls.map((_, index) => results.readInt32LE(4 * index));
}

function packCalls(calls: readonly SystemCall[]): BigUint64Array {
  const words = calls.flatMap(({ number, arguments: values }) =>
    Array.from({ length: 7 }, (_, index) =>
      index === 0 ? BigInt(number) : (values[index - 1] ?? 0n),
    ),
  );
  return BigUint64Array.from(words);
}
