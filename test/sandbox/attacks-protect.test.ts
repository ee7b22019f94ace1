import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** Ways of an agent to have git outside run something, and to have an overlay act outside. */

const AUTHOR = {
  GIT_AUTHOR_NAME: "n",
  GIT_AUTHOR_EMAIL: "e",
  GIT_COMMITTER_NAME: "n",
  GIT_COMMITTER_EMAIL: "e",
  GIT_ALLOW_PROTOCOL: "file",
};

const NONE = { flags: ["--network", "none"] };

/** How the user's configuration leads to more hooks or settings, and what the agent writes. */
const NAMED: Record<string, { setUp: string; written: string }> = {
  "an include in .git": { setUp: "git config include.path extra", written: ".git/extra" },
  "core.hooksPath in .git": {
    setUp: "git config core.hooksPath .git/mine",
    written: ".git/mine/pre-commit",
  },
  "core.hooksPath of an included file": {
    setUp: "git config include.path ../.gitconfig; git config -f .gitconfig core.hooksPath h",
    written: "h/pre-commit",
  },
  "core.hooksPath of config.worktree": {
    setUp: "git config extensions.worktreeConfig true; git config --worktree core.hooksPath h",
    written: "h/pre-commit",
  },
  "the user's own core.hooksPath": {
    setUp: "git config --global core.hooksPath h",
    written: "h/pre-commit",
  },
  "core.hooksPath through a link": {
    setUp: 'ln -s "$HOME/work" "$HOME/link"; git config core.hooksPath "$HOME/link/project/h"',
    written: "h/pre-commit",
  },
  "core.hooksPath below ~": {
    setUp: "git config core.hooksPath '~/work/project/h'",
    written: "h/pre-commit",
  },
};

describe("what the host's git runs is not the agent's", () => {
  for (const [what, { setUp, written }] of Object.entries(NAMED)) {
    test(`by ${what}`, (t) => {
      if (!requireSandbox(t) || !requireTool(t, "git")) return;
      using world = new World();
      run(world, `git init -q . && ${setUp}`);
      const mark = join(world.root, "ran");
      const text = written.endsWith("pre-commit")
        ? `#!/bin/sh\ntouch ${mark}\n`
        : `[core]\n\tfsmonitor = touch ${mark}; false\n`;
      const script = `mkdir -p "$(dirname ${written})"; cat >${written} && chmod +x ${written}`;
      const options = { ...NONE, input: text };
      const { status, stderr } = world.inside(script, options);
      assert.notEqual(status, 0);
      assert.match(stderr, /Read-only file system|Permission denied|File exists|nonexistent/u);
      const commit = "git status; git commit -q --allow-empty -m x";
      world.outside(commit, { env: AUTHOR });
      assert.ok(!existsSync(mark), "nothing of the agent's ran");
      world.outside(script, { input: text });
      world.outside(commit, { env: AUTHOR });
      assert.ok(existsSync(mark), "the control: it would have");
    });
  }

  for (const [what, { first, directory }] of Object.entries({
    "a submodule whose HEAD is gone": {
      first: "rm .git/modules/sub/HEAD",
      directory: ".git/modules/sub",
    },
    "a submodule below what was made to look like another": {
      first: "touch .git/modules/vendor/HEAD .git/modules/vendor/config",
      directory: ".git/modules/vendor/foo",
    },
    "a submodule of a linked worktree": {
      first: "true",
      directory: ".git/worktrees/wt/modules/sub",
    },
  })) {
    test(`by ${what}, at the next launch`, (t) => {
      if (!requireSandbox(t) || !requireTool(t, "git")) return;
      using world = makeSubmodules();
      const files = ["config", "hooks/post-checkout"].map((name) => `${directory}/${name}`);
      const before = readFileSync(join(world.project, `${directory}/config`), "utf8");
      assert.equal(world.inside(first, NONE).status, 0);
      for (const file of files) {
        const { status, stderr } = world.inside(`echo '# theirs' >>${file}`, NONE);
        assert.notEqual(status, 0);
        assert.match(stderr, /Read-only file system/u);
      }
      assert.equal(readFileSync(join(world.project, `${directory}/config`), "utf8"), before);
      const [config = ""] = files;
      assert.equal(world.outside(`echo '# mine' >>${config}`).status, 0, "the control");
    });
  }
});

function run(world: World, script: string): void {
  const { status, stderr } = world.outside(script, { env: AUTHOR });
  assert.equal(status, 0, stderr);
}

function makeSubmodules(): World {
  const world = new World();
  run(
    world,
    `git init -q ../lib && git -C ../lib commit -q --allow-empty -m l && git init -q . &&
    git submodule --quiet add ../lib sub && git submodule --quiet add ../lib vendor/foo &&
    git commit -qm subs && git worktree add -q ../wt && cd ../wt &&
    git submodule --quiet update --init`.replaceAll("add ../lib", 'add "$HOME/work/lib"'),
  );
  return world;
}

describe("an overlay", () => {
  test("with a link in the place of a mount has nothing made where that leads", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const overlay = makeData(world);
    const target = join(world.home, ".hushlogin");
    const script = `cd ~/data && rm token && ln -s /oldroot${target} token`;
    assert.equal(world.inside(script, { flags: overlay }).status, 0);
    const flags = [...overlay, "--mask", "~/data/token"];
    const { status, stderr } = world.inside("true", { flags });
    assert.ok(!existsSync(target), "nothing is made on the host");
    assert.equal(status, 125);
    assert.match(stderr, /a link in the overlay leads/u);
    world.pale(["discard"]);
    assert.equal(world.inside("true", { flags }).status, 0, "the control: without the link");
  });

  for (const [what, script] of Object.entries({
    "a closed directory": "mkdir locked; echo x >locked/f; chmod 0 locked",
    "a closed directory of the host's": "chmod 0 dir",
    "a closed file": "echo x >locked; chmod 0 locked",
    "a pipe": "mkfifo pipe",
  })) {
    test(`with ${what} can be looked at, applied and discarded`, (t) => {
      if (!requireSandbox(t) || !requireTool(t, "diff")) return;
      using world = new World();
      const flags = makeData(world);
      const acts = `cd ~/data && echo new >z && { ${script}; }`;
      for (const commands of [[["diff", "--patch"], ["apply"]], [["discard"]]]) {
        assert.equal(world.inside(acts, { flags }).status, 0);
        for (const args of commands) {
          const { status, stderr } = world.pale(args, { timeout: 30_000 });
          assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
        }
        assert.match(world.pale(["diff"]).stderr, /no overlay of/u, "nothing is left of it");
        assert.equal(readFileSync(join(world.home, "data/z"), "utf8"), "new\n", "applied, once");
        world.outside("chmod -R u+rwX ~/data; rm -rf ~/data/locked");
      }
    });
  }

  test("with a name that is not UTF-8 can be discarded, and is applied in no part", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = makeData(world);
    world.inside("cd ~/data && echo new >z && touch $(printf 'a\\377')", { flags });
    const { status, stderr } = world.pale(["apply"]);
    assert.equal(status, 125);
    assert.match(stderr, /is not UTF-8/u);
    assert.ok(!existsSync(join(world.home, "data/z")));
    assert.equal(world.pale(["discard"]).status, 0);
    world.inside("echo new >~/data/z", { flags });
    assert.equal(world.pale(["apply"]).status, 0, "the control");
    assert.ok(existsSync(join(world.home, "data/z")));
  });

  test("has all of a new directory shown as a patch, and says when it does not", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "diff")) return;
    using world = new World();
    const flags = makeData(world);
    world.inside("cd ~/data && mkdir -p new/deep && echo theirs >new/deep/file", { flags });
    assert.match(world.pale(["diff", "--patch"]).stdout, /^\+theirs$/mu);
    const control = world.pale(["diff"]);
    assert.match(control.stdout, /^A .*data\/new$/mu);
    assert.doesNotMatch(control.stdout, /theirs/u);
    world.inside("yes aaaaaaaaaaaaaaa | head -c 300000000 >~/data/new/big", { flags });
    const { status, stderr } = world.pale(["diff", "--patch"]);
    assert.equal(status, 125);
    assert.match(stderr, /not everything in .* can be shown/u);
  });

  test("over a project in another one is over its git directory too", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const cwd = join(world.project, "inner");
    mkdirSync(join(cwd, ".git"), { recursive: true });
    const made = join(cwd, ".git/made");
    const script = "echo x >.git/made";
    world.inside(script, { cwd, flags: ["--network", "none", "--overlay", "."] });
    assert.ok(!existsSync(made));
    world.inside(script, { cwd, ...NONE });
    assert.ok(existsSync(made), "the control: without an overlay");
  });
});

describe("a launch", () => {
  test("says what is too much to be protected", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const make = "for i in $(seq 100); do mkdir -p .git/worktrees/w$i; done";
    assert.equal(world.inside(make, NONE).status, 0);
    const { status, stderr } = world.inside("true", NONE);
    assert.equal(status, 125);
    assert.match(stderr, /paths are protected that are not there/u);
    const flags = [...NONE.flags, "--unprotect", ".git/worktrees"];
    assert.equal(world.inside("true", { flags }).status, 0, "the control");
  });

  test("works in a project that is another user's, where nothing can be made", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = ["--network", "none", "--project", "/usr/share/doc"];
    const { status, stderr } = world.inside("echo x >/usr/share/doc/.envrc", { flags });
    assert.notEqual(status, 125, stderr);
    assert.match(stderr, /Permission denied|Read-only/u);
    assert.equal(world.inside("echo x >made", NONE).status, 0, "the control: in one's own");
  });
});

function makeData(world: World): string[] {
  mkdirSync(join(world.home, "data/dir"), { recursive: true });
  writeFileSync(join(world.home, "data/token"), "secret\n");
  return ["--network", "none", "--overlay", "~/data"];
}
