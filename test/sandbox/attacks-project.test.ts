import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** What an agent may leave in its project to get more than the project the next time. */
describe("the next launch is not led astray", () => {
  test("by a link in the place of a mount", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const flags = ["--rw", "cache"];
    mkdirSync(join(world.project, "cache"));
    assert.equal(world.inside("touch cache/x && echo ran", { flags }).stdout, "ran\n");
    rmSync(join(world.project, "cache"), { recursive: true });
    symlinkSync("../../.ssh", join(world.project, "cache"));
    const { status, stdout, stderr } = world.inside("cat ~/.ssh/key", { flags });
    assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
    assert.match(stderr, /leads out of `.*project`, where agents can write\n {2}at --rw, by the/u);
    const named = world.inside("cat ~/.ssh/key", { flags: ["--ro", "~/.ssh"] });
    assert.equal(named.stdout, "KEY\n", "the control: the same mount by its own name");
  });

  test("by a link in the place of an agent's state, which leads to nothing yet", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const state = join(world.project, ".claude");
    const options = { flags: ["--profile", "claude"], env: { CLAUDE_CONFIG_DIR: state } };
    assert.equal(world.inside("echo ran", options).stdout, "ran\n");
    rmSync(state, { recursive: true });
    symlinkSync("../../.config/autostart", state);
    const { status, stderr } = world.inside("echo ran", options);
    assert.equal(status, 125);
    assert.match(stderr, /leads out of `.*project`, where agents can write/u);
    assert.equal(statSync(join(world.home, ".config"), { throwIfNoEntry: false }), undefined);
  });

  test("by a `.git` that is gone, so that the repository around would be the project", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    mkdirSync(join(world.home, "work/.git"));
    world.write("work/sibling/file", "SIBLING\n");
    const script = "cat ../sibling/file";
    const { stderr } = world.inside("mv .git .other; rmdir .git");
    assert.equal(stderr.match(/Device or resource busy/gu)?.length, 2, stderr);
    assert.match(world.inside(script).stderr, /No such file/u);
    rmSync(join(world.project, ".git"), { recursive: true });
    assert.equal(world.inside(script).stdout, "SIBLING\n", "the control: without, it is");
  });

  test("by a link in the project that its user changes into", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.write("other/file", "OTHER\n");
    const link = join(world.project, "docs");
    symlinkSync("../../other", link);
    const run = `cd '${link}' && ${PALE} run -- cat file`;
    const { status, stderr } = world.outside(run);
    assert.equal(status, 125);
    assert.match(
      stderr,
      /leads out of another one, by a link\n {2}at .*docs -> \.\.\/\.\.\/other/u,
    );
    const named = world.outside(run.replace(link, join(world.home, "other")));
    assert.equal(named.stdout, "OTHER\n");
    symlinkSync(join(world.home, "other"), join(world.home, "shortcut"));
    const shortcut = world.outside(run.replace(link, join(world.home, "shortcut")));
    assert.equal(shortcut.stdout, "OTHER\n", "a link outside of projects is the user's own");
  });

  test("by a directory whose name stands for another in the runtime", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = makeWorld();
    world.write("other/file", "OTHER\n");
    symlinkSync("../../other", join(world.project, "a\uFFFD"));
    const enter =
      "import os,sys;os.mkdir(b'a\\xff');os.chdir(b'a\\xff');os.execv(sys.argv[1],sys.argv[1:])";
    const { status, stderr } = world.spawn([
      "python3",
      "-c",
      enter,
      PALE,
      "run",
      "--",
      "cat",
      "file",
    ]);
    assert.equal(status, 125);
    assert.match(stderr, /^pale: the name of `.*` is not UTF-8\n/u);
  });

  test("by a `.git` file that leads to a pipe or to something without end", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    rmSync(join(world.project, ".git"), { recursive: true });
    world.write("work/project/.git", "gitdir: there\n");
    mkdirSync(join(world.project, "there"));
    for (const make of ["mkfifo there/gitdir", "ln -sf /dev/zero there/gitdir"]) {
      assert.equal(world.outside(make).status, 0);
      assert.equal(world.inside("echo ran", { timeout: 40_000 }).stdout, "ran\n");
    }
  });

  test("by a script of the project that calls itself a package manager's", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    mkdirSync(join(world.project, "node_modules"));
    symlinkSync("../../../.ssh", join(world.project, "node_modules/link"));
    const targets = ["node_modules/../../../.ssh", "node_modules/link", "node_modules/link/key"];
    for (const target of targets) {
      const path = `${world.project}/${target}`;
      const text = `#!/bin/sh\n# cmd-shim-target=${path}\ncat ~/.ssh/key\n`;
      chmodSync(world.write("work/project/tool", text), 0o755);
      const { stdout, stderr } = world.pale(["run", "--", "./tool"]);
      assert.equal(stdout, "");
      assert.match(stderr, /No such file or directory/u);
    }
    const shown = world.pale(["run", "--ro", "~/.ssh", "--", "./tool"]);
    assert.equal(shown.stdout, "KEY\n");
  });

  test("by a link to a program that lies among credentials as if in a runtime", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.write(".claude/bin/tool", "#!/bin/sh\ncat ~/.claude/log-in; echo ran\n", 0o755);
    world.write(".claude/log-in", "SECRET\n");
    symlinkSync("../../.claude/bin/tool", join(world.project, "tool"));
    assert.equal(world.pale(["run", "--", "./tool"]).stdout, "ran\n", "the file alone is shown");
    world.write(".claude/pyvenv.cfg", "");
    const { status, stdout, stderr } = world.pale(["run", "--", "./tool"]);
    assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
    assert.match(stderr, /the program lies in `.*\.claude`, which holds credentials/u);
  });

  test("by a file of the project that is named like an agent", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    chmodSync(world.write("work/project/claude", '#!/bin/sh\necho "$PALE_SANDBOX"\n'), 0o755);
    assert.equal(world.pale(["run", "--", "./claude"]).stdout, "default\n");
    const env = { PATH: `${world.project}:/usr/bin:/bin` };
    assert.equal(world.pale(["run", "--", "claude"], { env }).stdout, "claude\n");
  });
});

describe("what decides about the next launch is not writable", () => {
  test("also when links have the policy in the project", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.write("work/project/pale.toml", "");
    world.write(".config/pale/profiles/empty.toml", "");
    const link = join(world.home, ".config/pale/config.toml");
    symlinkSync("../../work/project/pale.toml", link);
    const { status, stderr } = world.inside("echo ran");
    assert.equal(status, 125);
    assert.match(stderr, /an agent could write `.*project\/pale\.toml`, which pale trusts/u);
    rmSync(link);
    assert.equal(world.inside("echo ran").stdout, "ran\n");
  });

  test("nor the program itself", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const own = join(world.home, "bin");
    mkdirSync(own);
    assert.equal(world.outside(`cp '${PALE}' '${own}/pale'`).status, 0);
    const run = (flag: string) => world.spawn([join(own, "pale"), "run", flag, own, "--", "true"]);
    assert.equal(run("--ro").status, 0);
    assert.match(run("--rw").stderr, /an agent could write `.*bin\/pale`, which pale trusts/u);
  });
});

describe("what pale keeps is not taken from a project", () => {
  test("where an agent could have written the init program that runs outside", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const cwd = join(world.home, "elsewhere");
    mkdirSync(cwd);
    const env = { XDG_CACHE_HOME: join(world.project, ".cache") };
    const { status, stderr } = world.inside("echo ran", { cwd, env });
    assert.equal(status, 125);
    assert.match(
      stderr,
      /pale's cache `.*` lies in the project `.*project`\n {2}at XDG_CACHE_HOME/u,
    );
    const moved = { XDG_CACHE_HOME: join(world.home, "moved") };
    assert.equal(world.inside("echo ran", { cwd, env: moved }).stdout, "ran\n");
  });
});

describe("a read-only mount in a writable one", () => {
  test("cannot be moved away with the directory that it is in", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const hook = world.write("work/project/.git/hooks/pre-commit", "mine\n");
    const script = "mv .git .old && mkdir -p .git/hooks && echo theirs > .git/hooks/pre-commit";
    const { stderr } = world.inside(script, { flags: ["--ro", ".git/hooks"] });
    assert.match(stderr, /Device or resource busy/u);
    assert.equal(readFileSync(hook, "utf8"), "mine\n");
    assert.equal(world.inside(script, { flags: ["--unprotect", ".git"] }).status, 0);
    assert.equal(readFileSync(hook, "utf8"), "theirs\n", "the control: without the mount");
  });
});

function makeWorld(): World {
  const world = new World();
  world.write(".ssh/key", "KEY\n");
  return world;
}
