import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

const IDENTITY = "git config user.name Test && git config user.email test@example.org";

describe("git", () => {
  test("commits inside, and the host sees the commit", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "git")) return;
    using world = makeRepository();
    const { status, stderr } = world.inside(
      "echo more > file && git add . && git commit -qm inside",
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(world.outside("git log --oneline").stdout, /inside/u);
  });

  const ordinary: [string, string, string][] = [
    ["a branch", "git checkout -qb other && git branch -q third && git branch -qd third", "other"],
    [
      "a rebase",
      `git checkout -qb other && echo 2 >two && git add . && git commit -qm two &&
       git checkout -q main && echo 3 >three && git add . && git commit -qm three && git rebase -q other`,
      "three",
    ],
    [
      "a stash, of what is new as well",
      "echo 2 >file && echo 3 >new && git stash -qu && git stash pop -q && git add . && git commit -qm stashed",
      "stashed",
    ],
    [
      "a worktree",
      "git worktree add -q -b side tree && cd tree && echo 2 >file && git commit -qam beside && cd .. && git worktree remove tree",
      "beside",
    ],
    [
      "a merge and a tag",
      "git checkout -qb other && git commit -qm more --allow-empty && git checkout -q main && git merge -q other && git tag v1",
      "more",
    ],
    [
      "a clean",
      "echo 2 >new && git clean -qfd && test ! -e new && git commit -qm cleaned --allow-empty",
      "cleaned",
    ],
  ];
  for (const [name, script, expected] of ordinary) {
    test(`does ${name} beside what is protected, and leaves nothing of that`, (t) => {
      if (!requireSandbox(t) || !requireTool(t, "git")) return;
      using world = makeRepository();
      const { status, stderr } = world.inside(script);
      assert.equal(status, 0, stderr);
      assert.ok(world.outside("git log --all --format=%D%s").stdout.includes(expected));
      assert.equal(world.outside("git status --short --ignored").stdout, "");
    });
  }

  test("works in a linked worktree, whose repository lies elsewhere", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "git")) return;
    using world = makeRepository();
    const tree = join(world.home, "tree");
    world.outside(`git worktree add -q -b side '${tree}'`);
    const script = "echo more > file && git add . && git commit -qm beside && git status --short";
    const { status, stderr } = world.inside(script, { cwd: tree });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(world.outside("git log --oneline side").stdout, /beside/u);
  });

  test("works in a submodule", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "git")) return;
    using world = makeRepository();
    const add = "git -c protocol.file.allow=always submodule add -q ./ sub && cd sub";
    assert.equal(world.outside(`${add} && ${IDENTITY}`).status, 0);
    const sub = join(world.project, "sub");
    const { status, stderr } = world.inside("echo more > file && git commit -qam sub", {
      cwd: sub,
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(world.outside("git log --oneline", { cwd: sub }).stdout, /sub/u);
  });

  test("cannot be used to have other directories shown: a forged .git file is not believed", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "git")) return;
    using world = makeRepository();
    const victim = join(world.home, "victim");
    mkdirSync(join(victim, "objects"), { recursive: true });
    mkdirSync(join(victim, "refs"));
    world.write("victim/HEAD", "ref: refs/heads/main\n");
    world.write("victim/secret", "SECRET\n");
    const script = `cat '${victim}/secret'`;
    assert.equal(world.inside(script, { flags: ["--ro", victim] }).stdout, "SECRET\n");
    rmSync(join(world.project, ".git"), { recursive: true });
    for (const target of [victim, "../../victim"]) {
      world.write("work/project/.git", `gitdir: ${target}\n`);
      const { stdout, stderr } = world.inside(script);
      assert.equal(stdout, "");
      assert.match(stderr, /No such file or directory/u);
    }
  });
});

function makeRepository(): World {
  const world = new World();
  rmSync(join(world.project, ".git"), { recursive: true });
  const made = world.outside(
    `git init -q -b main . && ${IDENTITY} && echo one > file && git add . && git commit -qm one`,
  );
  assert.equal(made.status, 0, made.stderr);
  return world;
}
