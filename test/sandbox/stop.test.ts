import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { Running } from "../helpers/running.ts";
import { listTree } from "../helpers/tree.ts";
import { World } from "../helpers/world.ts";
import { readProcess } from "../init/processes.ts";

const POLITE = 'trap "echo asked; exit 3" TERM; echo ready; while :; do sleep 0.1; done';
const STUBBORN = 'trap "echo asked" TERM; echo ready; while :; do sleep 0.1; done';

function isLeft(pid: number): boolean {
  const state = readProcess(pid)?.state;
  return state !== undefined && state !== "Z";
}

function listProject(world: World): string[] {
  return readdirSync(world.project, { recursive: true }).map(String).sort();
}

describe("pale stop", () => {
  test("asks the agent, waits for the end, and leaves nothing", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const before = listProject(world);
    await using running = await Running.start(world, POLITE, []);
    assert.notDeepEqual(listProject(world), before, "the control: placeholders");
    const all = listTree(running.id).map(({ pid }) => pid);
    assert.ok(all.length >= 5);
    const { status, stdout } = world.pale(["stop"]);
    assert.deepEqual(
      [status, stdout],
      [0, `${running.id} (default in ${world.project}): ended when asked\n`],
    );
    assert.deepEqual(all.filter(isLeft), []);
    assert.deepEqual(listProject(world), before);
    assert.equal(await running.ended, 3);
    assert.match(running.said, /asked/u);
  });

  test("kills what does not end, and leaves nothing", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const before = listProject(world);
    await using running = await Running.start(world, STUBBORN, []);
    const all = listTree(running.id).map(({ pid }) => pid);
    const { stdout } = world.pale(["stop", String(running.id)]);
    assert.match(stdout, /did not end in time: killed\n$/u);
    assert.deepEqual(all.filter(isLeft), []);
    assert.deepEqual(listProject(world), before);
    assert.equal(await running.ended, "SIGKILL");
    assert.match(running.said, /asked/u);
  });

  test("does not ask with --now", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world, POLITE);
    assert.match(world.pale(["stop", "--now"]).stdout, /: killed\n$/u);
    assert.equal(await running.ended, "SIGKILL");
    assert.doesNotMatch(running.said, /asked/u);
  });

  test("ends an agent that is stopped", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world, "echo ready; kill -STOP $$; sleep 60");
    assert.match(world.pale(["stop"]).stdout, /ended when asked\n$/u);
    assert.equal(await running.ended, 143);
  });

  test("lists them when it is not clear which, and ends all with --all", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using one = await Running.start(world, POLITE);
    await using other = await Running.start(world, POLITE);
    const { status, stderr } = world.pale(["stop"]);
    assert.equal(status, 125);
    assert.match(stderr, /2 sandboxes are running: say which/u);
    for (const { id } of [one, other]) {
      assert.match(stderr, new RegExp(String(id), "u"));
      assert.ok(isLeft(id));
    }
    assert.equal(world.pale(["stop", "--all"]).stdout.trimEnd().split("\n").length, 2);
    assert.deepEqual(
      [one, other].map(({ id }) => isLeft(id)),
      [false, false],
    );
    assert.equal(world.pale(["stop", "--all"]).stdout, "no sandbox is running\n");
  });

  test("refuses a number that is no sandbox of the caller's", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    const { status, stderr } = world.pale(["stop", String(process.pid)]);
    assert.equal(status, 125);
    assert.match(
      stderr,
      new RegExp(`no sandbox \`${process.pid}\` is running\n.*${running.id}`, "u"),
    );
    assert.ok(isLeft(running.id));
  });
});
