import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** Placeholders stand in the project while a sandbox runs, and are gone when none does. */

const WAIT = "echo ready; read line || true";

describe("what stands in the place of what is missing", () => {
  test("is gone when the sandbox has ended, at once", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const running = await start(world, WAIT);
    assert.ok(list(world).includes(".envrc"), "it stands there while the sandbox runs");
    running.stdin?.end();
    await once(running, "close");
    assertNoTrace(world);
  });

  for (const [what, pick] of Object.entries({
    "the process that the shell started": (outer: number) => [outer],
    "the sweeper": (outer: number) => [findSweeper(outer)],
    bubblewrap: (outer: number) => [findBubblewrap(outer)],
    "the first process inside": (outer: number) => childrenOf(findBubblewrap(outer)),
  })) {
    test(`is gone when ${what} was killed`, async (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const running = await start(world, WAIT);
      const killed = pick(running.pid ?? 0);
      assert.equal(killed.length, 1);
      for (const pid of killed) process.kill(pid, "SIGKILL");
      if (what === "the sweeper") running.stdin?.end();
      await once(running, "close");
      await until(() => list(world).join() === ".git" && countNotes(world) === 0);
    });
  }

  test("is gone after the next launch of any sandbox, when all was killed at once", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const other = join(world.home, "work/other");
    mkdirSync(join(other, ".git"), { recursive: true });
    const running = await start(world, WAIT);
    const outer = running.pid ?? 0;
    const all = [findSweeper(outer), outer, findBubblewrap(outer)];
    for (const pid of all) process.kill(pid, "SIGKILL");
    await once(running, "close");
    assert.ok(list(world).includes(".envrc"), "nobody was left to remove it");
    assert.equal(world.inside("true", { cwd: other }).status, 0);
    assertNoTrace(world);
  });

  test("stays as long as one of two sandboxes needs it", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const first = await start(world, WAIT);
    const second = await start(world, "echo ready; read line; echo x > .envrc; cat .envrc");
    first.stdin?.end();
    await once(first, "close");
    assert.ok(list(world).includes(".envrc"), "the second one's");
    second.stdin?.end("go\n");
    await once(second, "close");
    assert.equal(second.exitCode, 1, "still nobody could make it");
    assertNoTrace(world);
  });

  test("is never in the way of a launch, however many begin and end at once", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const round = async () => {
      for (let launch = 0; launch < 6; launch += 1) {
        const child = spawn(
          PALE,
          ["run", "--", "sh", "-c", "! echo x 2>/dev/null > .envrc"],
          options(world),
        );
        await once(child, "close");
        assert.equal(child.exitCode, 0);
      }
    };
    await Promise.all([round(), round(), round()]);
    assertNoTrace(world);
  });

  test("stays when its user has put something into it, or in its place, in the meantime", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    rmSync(join(world.project, ".git"), { recursive: true });
    const running = await start(world, WAIT);
    writeFileSync(join(world.project, ".git/HEAD"), "mine\n");
    rmSync(join(world.project, ".envrc"));
    writeFileSync(join(world.project, ".envrc"), "mine\n");
    running.stdin?.end();
    await once(running, "close");
    assert.deepEqual(list(world), [".envrc", ".git", ".git/HEAD"]);
  });

  test("is nothing that git sees, outside or inside", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.outside("git init -q . && git config user.name n && git config user.email e");
    world.outside("echo 1 > f; git add f; git commit -qm one");
    const script =
      "git status --short; git add -A; git clean -fd; echo 2 > n; git stash -q -u; git stash pop -q >/dev/null; cat n";
    const running = await start(world, WAIT);
    // A directory that is empty is git's to clean, outside; inside it is ignored.
    assert.equal(world.outside(script).stdout, "Removing .claude/\n2\n");
    const { stdout, stderr } = world.inside(`rm n; ${script}`);
    assert.deepEqual({ stdout, stderr }, { stdout: "2\n", stderr: "" });
    running.stdin?.end();
    await once(running, "close");
  });
});

function options(world: World) {
  return { cwd: world.project, env: world.environment(), stdio: "pipe" } as const;
}

async function start(world: World, script: string): Promise<ChildProcess> {
  const child = spawn(PALE, ["run", "--network", "none", "--", "sh", "-c", script], options(world));
  await once(child.stdout, "data");
  return child;
}

function list({ project }: World): string[] {
  return readdirSync(project, { recursive: true }).map(String).toSorted();
}

function countNotes({ home }: World): number {
  return readdirSync(join(home, ".cache/pale/places")).filter((name) => name !== "lock").length;
}

function assertNoTrace(world: World): void {
  assert.deepEqual(list(world), [".git"]);
  assert.equal(countNotes(world), 0);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

function findBubblewrap(outer: number): number {
  return childrenOf(outer).find((pid) => nameOf(pid) === "bwrap") ?? 0;
}

function findSweeper(outer: number): number {
  return childrenOf(outer).find((pid) => nameOf(pid).startsWith("init-")) ?? 0;
}

function nameOf(pid: number): string {
  return existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, "utf8").trim() : "";
}

async function until(isDone: () => boolean): Promise<void> {
  for (let step = 0; step < 1200; step += 1) {
    if (isDone()) return;
    await pause(25);
  }
  assert.fail("it did not happen within 30 seconds");
}
