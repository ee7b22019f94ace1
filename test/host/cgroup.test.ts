import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readCgroup } from "../../src/host/cgroup.ts";
import { Folder } from "../helpers/folder.ts";

type Group = { own?: string; controllers?: string; procs?: string };

/** What the kernel would show, as ordinary files. */
function show(folder: Folder, { own, controllers, procs }: Group) {
  const group = join(folder.path, "fs/user/scope");
  mkdirSync(group, { recursive: true });
  writeFileSync(join(group, "cgroup.controllers"), controllers ?? "cpu memory pids\n");
  writeFileSync(join(group, "cgroup.procs"), procs ?? "41\n");
  writeFileSync(join(group, "cgroup.subtree_control"), "");
  writeFileSync(join(folder.path, "own"), own ?? "1:cpu:/\n0::/user/scope\n");
  return {
    group,
    place: { root: join(folder.path, "fs"), own: join(folder.path, "own"), pid: 41 },
  };
}

describe("the control group that pale is in", () => {
  test("is its own when nothing else is in it", () => {
    using folder = new Folder();
    const { group, place } = show(folder, {});
    assert.deepEqual(readCgroup(place), { kind: "delegated", path: group });
  });

  const rows: [string, Group, RegExp][] = [
    ["holds other processes", { procs: "40\n41\n" }, /^other processes are in .*\/user\/scope$/u],
    ["has no memory controller", { controllers: "cpu pids\n" }, /has no memory controller$/u],
    ["is no v2 group", { own: "4:memory:/x\n" }, /^there are no control groups \(v2\)$/u],
    ["is not shown", { own: "0::/elsewhere\n" }, /elsewhere has no memory controller$/u],
  ];
  for (const [what, shown, why] of rows) {
    test(`is no use when it ${what}`, () => {
      using folder = new Folder();
      const found = readCgroup(show(folder, shown).place);
      assert.match(found.kind === "none" ? found.why : "", why);
    });
  }

  test("is that of the machine when nothing is said", () => {
    const found = readCgroup();
    assert.ok(found.kind === "none" ? found.why : found.path.startsWith("/sys/fs/cgroup"));
  });
});
