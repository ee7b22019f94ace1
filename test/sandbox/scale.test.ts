import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** Counted in system calls on the project, which a noisy machine does not change. */
test("a launch does the same in a project of ten thousand files as in an empty one", (t) => {
  if (!requireSandbox(t) || !requireTool(t, "strace")) return;
  using world = new World();
  countCalls(world); // the first launch also writes caches
  const empty = countCalls(world);
  for (let directory = 0; directory < 100; directory += 1) {
    const path = join(world.project, `d${directory}`);
    mkdirSync(path);
    for (let file = 0; file < 100; file += 1) writeFileSync(join(path, `f${file}`), "");
  }
  assert.ok(empty > 0, "the count sees the project");
  assert.equal(countCalls(world), empty);
});

function countCalls(world: World): number {
  // A file for each process: in one file a call that another one interrupts has two lines.
  const directory = mkdtempSync(join(world.root, "strace-"));
  const { status } = world.spawn([
    "strace",
    "-ff",
    "-o",
    join(directory, "log"),
    PALE,
    "run",
    "--network",
    "none",
    "--",
    "true",
  ]);
  assert.equal(status, 0);
  return readdirSync(directory)
    .flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n"))
    .filter((line) => line.includes(world.project)).length;
}
