import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assembleFilter } from "../../src/seccomp/filter.ts";
import { listCalls } from "./calls.ts";
import { AUDIT, type Machine, MACHINES, nameVerdict } from "./expected.ts";
import { interpret, type SystemCall } from "./interpret.ts";

/** What is left of the filter with `--no-seccomp`: only what leads out is refused. */
for (const machine of MACHINES) {
  describe(`the denylist for ${machine}`, () => {
    const program = assembleFilter(machine, "denylist");

    test("refuses the terminal's input, keyrings, io_uring and the machine's host, and nothing else", () => {
      const calls = listCalls(machine);
      const wrong = calls.flatMap((call) => {
        const actual = nameVerdict(interpret(program, call).verdict);
        const expected = expect(machine, call);
        return actual === expected ? [] : [{ ...call, actual, expected }];
      });
      assert.deepEqual(wrong.slice(0, 5), []);
    });

    test("kills a process that calls as another architecture, whose numbers mean others", () => {
      const audit = machine === "x86_64" ? 0x40000003 : 0x40000028;
      const verdicts = listCalls(machine).map(
        (call) => interpret(program, { ...call, audit }).verdict,
      );
      assert.deepEqual([...new Set(verdicts.map(nameVerdict))], ["KILL_PROCESS"]);
      assert.notEqual(audit, AUDIT[machine]);
    });
  });
}

/** The numbers of the kernel's tables; nothing here comes from src. */
const NUMBERS = {
  x86_64: { ioctl: 16, socket: 41, unknown: [248, 249, 250, 425] },
  aarch64: { ioctl: 29, socket: 198, unknown: [217, 218, 219, 425] },
};

function expect(machine: Machine, { number, arguments: values }: SystemCall): string {
  const { ioctl, socket, unknown } = NUMBERS[machine];
  const low = values.map((value) => Number(value & 0xffffffffn));
  if (machine === "x86_64" && number === 0xffffffff) return "ENOSYS";
  if (machine === "x86_64" && number >= 0x40000000) return "KILL_PROCESS";
  if (unknown.includes(number)) return "ENOSYS";
  if (number === ioctl && [0x5412, 0x541c].includes(low[1] ?? 0)) return "EPERM";
  if (number === socket && low[0] === 40) return "EPERM";
  return "ALLOW";
}
