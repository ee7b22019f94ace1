import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { enterCgroup } from "../../src/launch/cgroup.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

/** A group that is there already, with the files that the kernel would put into it. */
function makeGroup(folder: Folder, name: string, files: readonly string[]): string {
  const group = join(folder.path, name);
  mkdirSync(group);
  for (const file of files) writeFileSync(join(group, file), "");
  return group;
}

describe("entering a control group", () => {
  test("moves the process there before memory is divided, and leaves no swap", () => {
    using folder = new Folder();
    writeFileSync(join(folder.path, "cgroup.subtree_control"), "");
    const files = ["cgroup.procs", "memory.max", "memory.swap.max"];
    const group = makeGroup(folder, "pale-7", files);
    enterCgroup({ parent: folder.path, memory: 1024 }, 7);
    const read = (file: string) => readFileSync(join(folder.path, file), "utf8");
    assert.deepEqual(
      files.map((file) => readFileSync(join(group, file), "utf8")),
      ["7", "1024", "0"],
    );
    assert.equal(read("cgroup.subtree_control"), "+memory");
  });

  test("says so when the kernel shows no files in it, and makes none", () => {
    using folder = new Folder();
    const [shown] = catchUserErrors(() => enterCgroup({ parent: folder.path, memory: 1024 }, 7));
    assert.equal(shown?.message, "the limit `memory` cannot be enforced");
    assert.match(shown?.origin ?? "", /cgroup\.procs/u);
    assert.ok(!existsSync(join(folder.path, "pale-7/cgroup.procs")));
  });

  test("removes what former launches have left empty, and nothing else", () => {
    using folder = new Folder();
    const empty = makeGroup(folder, "pale-1", []);
    const full = makeGroup(folder, "pale-2", ["cgroup.procs"]);
    const other = makeGroup(folder, "other", []);
    catchUserErrors(() => enterCgroup({ parent: folder.path, memory: 1024 }, 7));
    assert.deepEqual([empty, full, other].map(existsSync), [false, true, true]);
  });
});
