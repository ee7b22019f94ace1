import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { ALLOWED_SYSCALLS } from "../../src/seccomp/allowed-syscalls.ts";
import { requireTool } from "../helpers/requires.ts";
import { fixture, type Machine, MACHINES } from "./expected.ts";

/** Newer than the libseccomp of the oldest system we test on. */
const NEWER =
  `uretprobe statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal
  setxattrat getxattrat listxattrat removexattrat open_tree_attr`.split(/\s+/u);

for (const machine of MACHINES) {
  describe(`libseccomp agrees about ${machine}`, () => {
    test("on the number of every call it knows", { timeout: 60_000 }, (context) => {
      const numbers = fixture.numbers[machine];
      const resolver = requireTool(context, "scmp_sys_resolver");
      if (!resolver) return;
      const resolved = resolve({ resolver, machine, names: Object.keys(numbers) });
      const known = Object.entries(numbers).filter(([name]) => (resolved.get(name) ?? -1) >= 0);
      assert.deepEqual(
        known,
        known.map(([name]) => [name, resolved.get(name)]),
      );
      const unknown = Object.keys(numbers).filter((name) => (resolved.get(name) ?? -1) < 0);
      assert.deepEqual(
        unknown.filter((name) => !NEWER.includes(name)),
        [],
      );
    });

    test("that the calls without a number do not exist there", { timeout: 60_000 }, (context) => {
      const column = machine === "x86_64" ? 0 : 1;
      const absent = Object.entries(ALLOWED_SYSCALLS)
        .filter(([, numbers]) => !(column in numbers))
        .map(([name]) => name);
      const resolver = requireTool(context, "scmp_sys_resolver");
      if (!resolver) return;
      const resolved = resolve({ resolver, machine, names: absent });
      assert.deepEqual(
        [...resolved].filter(([, number]) => number >= 0),
        [],
      );
      assert.equal(absent.length, machine === "x86_64" ? 0 : 41);
    });
  });
}

type Question = { resolver: string; machine: Machine; names: readonly string[] };

/** Negative numbers mean that libseccomp does not know the name, or not on this machine. */
function resolve({ resolver, machine, names }: Question): Map<string, number> {
  const script = 'while read -r name; do echo "$name $("$0" -a "$1" "$name")"; done';
  const lines = execFileSync("sh", ["-c", script, resolver, machine], {
    input: names.map((name) => `${name}\n`).join(""),
    encoding: "utf8",
  });
  const pairs = lines.split("\n").filter(Boolean);
  return new Map(pairs.map((pair) => [pair.split(" ")[0] ?? "", Number(pair.split(" ")[1])]));
}
