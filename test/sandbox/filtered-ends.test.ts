import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireSandbox } from "../helpers/requires.ts";
import { findParts, listTree } from "../helpers/tree.ts";
import { PALE, World } from "../helpers/world.ts";
import { isAlive } from "../init/processes.ts";

/** Whatever ends, and however: no process and no file is left of a filtered sandbox. */

const PARTS = ["outer", "supervisor", "bwrap", "inner", "agent"] as const;

describe("a sandbox with a filtered network", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`leaves nothing behind when ${signal} ends the agent`, async (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const started = await start(world);
      process.kill(started.pid, signal);
      assert.equal(await started.ended, { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
      await started.leavesNothing();
    });
  }

  for (const part of ["outer", "bwrap", "inner", "agent"] as const) {
    test(`leaves nothing behind when SIGKILL ends its ${part}`, async (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const started = await start(world);
      process.kill(started.parts[part] ?? 0, "SIGKILL");
      assert.equal(await started.ended, part === "outer" ? "SIGKILL" : 137);
      await started.leavesNothing();
    });
  }

  test("is closed, and goes on, when its supervisor is killed", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const started = await start(world, "read line; $TRY; echo after=$?; read line");
    process.kill(started.parts["supervisor"] ?? 0, "SIGKILL");
    await until(() => !isAlive(started.parts["supervisor"] ?? 0));
    started.child.stdin?.write("go on\n");
    await until(() => started.said().includes("after="));
    assert.match(started.said(), /after=7\n/u, "curl's code for a connection that is refused");
    started.child.stdin?.end();
    assert.equal(await started.ended, 1, "of the second `read`, at the end of the input");
    await started.leavesNothing();
  });

  test("ends with the agent's code, also when it asks for nothing at all", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    for (let round = 0; round < 10; round += 1) assert.equal(world.inside("exit 7").status, 7);
  });
});

async function start(world: World, script = "read line; sleep 60") {
  // What is refused by the rules has curl's code 56; what nobody listens for, 7.
  const attempt = "curl -s -o /dev/null https://unlisted.example";
  world.inside(attempt); // writes what is kept from one launch to the next, and the log
  const before = listFiles(world);
  const run = ["run", "--", "sh", "-c", `TRY="${attempt}"; $TRY; echo before=$?; ${script}`];
  const child = spawn(PALE, run, { cwd: world.project, env: world.environment() });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = waitForEnd(child);
  await until(() => said.includes("before="));
  assert.match(said, /before=56\n/u, "the supervisor has answered");
  const pid = child.pid ?? 0;
  const parts = findParts(pid);
  assert.deepEqual(Object.keys(parts).sort(), [...PARTS].sort());
  const all = listTree(pid).map((each) => each.pid);
  const leavesNothing = async () => {
    await until(() => all.every((each) => !isAlive(each)));
    assert.deepEqual(listFiles(world), before);
  };
  return { child, pid, parts, ended, leavesNothing, said: () => said };
}

function waitForEnd(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
}

function listFiles(world: World): string[] {
  return readdirSync(world.root, { recursive: true }).map(String).sort();
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`not within 20 seconds: ${condition.toString()}`);
    await sleep(10);
  }
}
