import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** Exchanges two names, over and over: a directory and a link that leads to the home directory. */
const SWAP = `import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
print("ready", flush=True)
while True:
    libc.renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 2)
    time.sleep(0.006)`;

const LAUNCHES = 25;

/**
 * A launch looks at paths first and has them mounted later. An agent in a sandbox that
 * can write there has the time between to put a link in the place of a directory.
 */
describe("while an agent exchanges directories for links that lead home", () => {
  test("a launch in the same project, whose `.git` file it forged, never shows the home", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = makeWorld();
    const forged = ["mkdir -p d/worktrees/w d/objects d/refs", "echo ref > d/HEAD"];
    const links = ["echo $PWD/.git > d/worktrees/w/gitdir", "echo ../.. > d/worktrees/w/commondir"];
    assert.equal(world.outside([...forged, ...links].join("; ")).status, 0);
    symlinkSync("../..", join(world.project, "e"));
    const swap = "rm -r .git; echo gitdir: $PWD/d/worktrees/w > .git; exec python3 swap.py d e";
    const { shown, refused, kept } = await launchBeside(world, swap, world.project);
    assert.equal(shown, 0);
    assert.equal(refused + kept, LAUNCHES);
  });

  test("a launch in a project within its own never shows the home", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = makeWorld();
    const inner = join(world.project, "inner");
    mkdirSync(join(inner, ".git"), { recursive: true });
    mkdirSync(join(world.project, "x"));
    symlinkSync("../../..", join(world.project, "x/link"));
    const swap = "exec python3 swap.py inner/.git x/link";
    const { shown, refused, kept } = await launchBeside(world, swap, inner);
    assert.equal(shown, 0);
    assert.ok(refused > 0, "the exchange fell between the look and the mount at least once");
    assert.equal(refused + kept, LAUNCHES);
  });
});

describe("the init program", () => {
  test("starts nothing unless each mount is one, and of what the launcher saw", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    assert.equal(world.inside("true").status, 0);
    const files = join(world.home, ".cache/pale/files");
    const name = readdirSync(files).find((each) => each.startsWith("init-")) ?? "";
    const start = (path: string, identity: string) =>
      world.spawn([
        join(files, name),
        "inner",
        "--at",
        path,
        identity,
        "/bin/sh",
        "sh",
        "-c",
        "echo ran",
      ]);
    assert.deepEqual(start("/proc", identify("/proc")), { status: 0, stdout: "ran\n", stderr: "" });
    const refusals: [string, string][] = [
      ["/proc", identify("/")],
      [world.project, identify(world.project)],
      ["/missing", identify("/proc")],
    ];
    for (const [path, identity] of refusals) {
      const stderr = `pale: replaced while the sandbox was made: ${path}\n`;
      assert.deepEqual(start(path, identity), { status: 125, stdout: "", stderr });
    }
  });
});

function makeWorld(): World {
  const world = new World();
  world.write(".ssh/key", "KEY\n");
  world.write("work/project/swap.py", SWAP);
  return world;
}

type Outcomes = { shown: number; refused: number; kept: number };

/** Launch often in `cwd`, while a sandbox of the project runs `script`. */
async function launchBeside(world: World, script: string, cwd: string): Promise<Outcomes> {
  const child = spawn(PALE, ["run", "--unprotect", ".git", "--", "sh", "-c", script], {
    cwd: world.project,
    env: world.environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  try {
    return launchOften(world, cwd);
  } finally {
    child.kill("SIGKILL");
    await once(child.stdout, "close");
  }
}

/** How often the home was shown, the launch refused, or the sandbox as it should be. */
function launchOften(world: World, cwd: string): Outcomes {
  const outcomes = { shown: 0, refused: 0, kept: 0 };
  for (let launch = 0; launch < LAUNCHES; launch += 1) {
    const { stdout, stderr } = world.inside("cat ~/.ssh/key .ssh/key", { cwd });
    if (stdout.includes("KEY")) outcomes.shown += 1;
    else if (
      /replaced while the sandbox was|nothing can be put, |cannot be protected: |^bwrap: /u.test(
        stderr,
      )
    )
      outcomes.refused += 1;
    else if (/No such file or directory/u.test(stderr)) outcomes.kept += 1;
    else assert.fail(stderr);
  }
  return outcomes;
}

/** `MAJOR:MINOR:INODE`, as the launcher writes it. */
function identify(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  // The lower bits of the minor number are below the major one, the others above it.
  return `${(dev >> 8n) & 0xfffn}:${(dev & 0xffn) | ((dev >> 12n) & ~0xffn)}:${ino}`;
}
