import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, renameSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** What a shim does inside a sandbox, and who may say that it is inside of one. */

/** Says what runs, with which words, and how confined it is. */
const TOOL = `#!/bin/sh
echo "$0 [$*] $(grep Seccomp_filters /proc/self/status | tr -d '\\t')"
exit 7
`;

function makeWorld(): World & { shims: string; bin: string } {
  const world = new World();
  const bin = join(world.root, "bin");
  world.write("../../bin/tool", TOOL, 0o755);
  const shims = join(world.home, ".local/share/pale/shims");
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  const added = world.pale(["shims", "add", "tool", "--", "--of-shim"], { env });
  assert.equal(added.status, 0, added.stderr);
  return Object.assign(world, { shims, bin });
}

test("outside, a shim is the sandbox though a variable says that pale is its runtime", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld();
  const say = (name: string) => {
    const script = `PATH=${world.shims}:${world.bin}:$PATH; ${name} a`;
    return world.outside(script, { env: { BUN_BE_BUN: "1" } });
  };
  const shim = say("tool");
  assert.equal(shim.stdout, `${world.bin}/tool [--of-shim a] Seccomp_filters:1\n`, shim.stderr);
  assert.equal(say("tool-raw").stdout, `${world.bin}/tool [a] Seccomp_filters:0\n`, "control");
});

describe("inside, a shim", () => {
  test("runs the real program, with its arguments, name and exit code, in the same sandbox", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    // The shims of the host are nobody's inside: these are the project's.
    world.outside(`cp ${world.shims}/tool* .`);
    const flags = ["--ro", world.bin, "-p", world.bin];
    const script = "PATH=$PWD:$PATH; tool a 'b c'; echo $?; tool-raw a; echo $?; ls -A ~ | wc -l";
    const count = (text: string) => text.trim().split("\n");
    const [first, code, raw, rawCode] = count(world.inside(script, { flags }).stdout);
    assert.equal(first, `${world.bin}/tool [--of-shim a b c] Seccomp_filters:1`);
    assert.equal(raw, `${world.bin}/tool [a] Seccomp_filters:1`);
    assert.deepEqual([code, rawCode], ["7", "7"]);
    const outside = world.outside(`PATH=${world.shims}:${world.bin}:$PATH; tool-raw a`);
    assert.equal(outside.stdout, `${world.bin}/tool [a] Seccomp_filters:0\n`, "control");
  });

  test("finds pale where its own name for it is not there, and `pale which` works", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.outside(`cp ${world.shims}/tool* .; sed -i "s|${PALE}|/opt/elsewhere/pale|" tool*`);
    const flags = ["--ro", world.bin, "-p", world.bin];
    for (const network of ["none", "filtered", "host"]) {
      const ran = world.inside("./tool; ./tool-raw; /run/pale/pale which tool", {
        flags: [...flags, "--network", network],
      });
      assert.equal(ran.stderr, "");
      const name = join(world.bin, "tool");
      const [shim, raw, which] = ran.stdout.split("\n");
      assert.equal(shim, `${name} [--of-shim] Seccomp_filters:1`);
      assert.equal(raw, `${name} [] Seccomp_filters:1`);
      assert.equal(which, name);
    }
    const outside = world.outside("./tool");
    assert.equal(outside.status, 127, "control");
    assert.match(outside.stderr, /\/opt\/elsewhere\/pale/u);
  });

  test("writes nothing", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.outside(`cp ${world.shims}/tool* .`);
    const flags = ["--ro", world.bin, "-p", world.bin];
    const list = "find ~ /tmp /run /var/tmp -newer before ! -path '*/work/*' | sort -u";
    const script = `touch before; sleep 0.01; ./tool; ${list}; touch ~/new; ${list}`;
    const { stdout } = world.inside(script, { flags });
    const found = stdout.trim().split("\n").slice(1);
    assert.deepEqual(found, [world.home, `${world.home}/new`], "the control, and nothing else");
    assert.deepEqual(readdirSync(world.project).includes("new"), false);
  });
});

test("inside, another build of pale stops: it cannot know what the other would do", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld();
  world.pale(["run", "--", "true"]);
  const files = join(world.home, ".cache/pale/files");
  const init = readdirSync(files).find((name) => name.startsWith("init-")) ?? "";
  // As of another build, which says by its name that it is this one's. The sweeper of the first
  // launch may still run the file, so another one takes its place.
  const other = join(files, "other");
  copyFileSync(join(files, init), other);
  appendFileSync(other, "\n");
  renameSync(other, join(files, init));
  const { stderr, status } = world.inside("/run/pale/pale run --shim -- true");
  assert.match(stderr, /this sandbox was made by another build of pale/u);
  assert.equal(status, 125);
});

test("the words of a profile are for the command of its name: by pale, and by a shim inside", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld();
  world.outside(`cp ${world.bin}/tool ${world.bin}/codex`);
  world.write(".config/pale/config.toml", '[profile.codex]\narguments = ["--mine"]\n');
  const flags = ["--ro", world.bin, "-p", world.bin, "--profile", "codex"];
  const env = { PATH: `${world.bin}:/usr/bin:/bin` };
  const switched = '-c sandbox_mode="danger-full-access"';
  const run = (...words: string[]) => world.pale(["run", ...flags, "--", ...words], { env }).stdout;
  assert.match(run("codex", "exec"), new RegExp(`\\[${switched} --mine exec\\]`, "u"));
  assert.equal(run("echo", "exec"), "exec\n", "control");
  // The user's own profiles are not shown inside.
  const inside = run("sh", "-c", "/run/pale/pale run --shim --profile codex -- codex exec");
  assert.match(inside, new RegExp(`\\[${switched} exec\\] Seccomp_filters:1`, "u"));
  const printed = run("sh", "-c", "/run/pale/pale run --shim --dry-run -- codex exec");
  assert.match(printed, /codex -c 'sandbox_mode="danger-full-access"' exec/u);
});

test("inside, commands that could have no effect say so", (t) => {
  if (!requireSandbox(t)) return;
  using world = new World();
  for (const command of ["allow a.example", "trust", "shims", "shims list", "why /etc"]) {
    const { status, stderr } = world.inside(`/run/pale/pale ${command}`);
    const [name] = command.split(" ");
    assert.match(stderr, new RegExp(`pale ${name}. has no effect inside a sandbox`, "u"));
    assert.equal(status, 125);
  }
  assert.equal(world.inside("/run/pale/pale show claude").status, 0, "others work");
  assert.equal(world.pale(["shims", "list"]).status, 0, "control");
});

test("in blacklist mode, where the home is to be seen, `pale which` and what was typed work", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld();
  world.outside(`cp ${world.shims}/tool* .`);
  const flags = ["--mode", "blacklist", "-p", world.bin, "--ro", world.bin];
  const ran = world.inside("./tool; ./tool-raw", { flags });
  const name = join(world.bin, "tool");
  const confined = "Seccomp_filters:1\n";
  assert.equal(ran.stdout, `${name} [--of-shim] ${confined}${name} [] ${confined}`, ran.stderr);
});

/** A command that tells whether it is in a sandbox: outside, the home is there. */
const CONFINED = "cat ~/secret 2>&1; grep Seccomp: /proc/self/status | tr -d '\\t'";

describe("outside, nothing that a project can bring about switches the sandbox off:", () => {
  test("variables and files", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.write("secret", "a secret\n");
    for (const name of ["init", "pale"]) world.write(`work/project/run/pale/${name}`, TOOL, 0o755);
    world.write(".config/pale/inside", "yes");
    const env = {
      PALE_SANDBOX: "claude",
      PALE_INSIDE: "1",
      IS_SANDBOX: "1",
      container: "pale",
      PATH: `${world.project}/run/pale:/usr/bin:/bin`,
    };
    for (const words of [["run", "--shim"], ["run"]]) {
      const ran = world.pale([...words, "--", "sh", "-c", CONFINED], { env });
      assert.match(ran.stdout, /No such file or directory\nSeccomp:2\n$/u, ran.stderr);
    }
    assert.equal(world.outside(CONFINED, { env }).stdout, "a secret\nSeccomp:0\n", "control");
  });

  const init = "/run/pale/init";

  /** Something that looks like a sandbox of pale's, made by hand around `pale run --shim`. */
  function imitate(world: World, fake: string, more: readonly string[] = []): string {
    const base = ["--unshare-user", "--unshare-pid", "--as-pid-1", "--bind", "/", "/"];
    const mounts = ["--proc", "/proc", "--tmpfs", "/run", "--ro-bind", fake, init, ...more];
    const command = [init, "inner", PALE, "run", "--shim", "--", "sh", "-c", CONFINED];
    const ran = world.spawn(["bwrap", ...base, ...mounts, "--", ...command]);
    return ran.stdout + ran.stderr;
  }

  test("an init program with other bytes, or the right ones in a namespace that is not confined", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bwrap")) return;
    using world = makeWorld();
    world.write("secret", "a secret\n");
    world.pale(["run", "--", "true"]);
    const files = join(world.home, ".cache/pale/files");
    const real = readdirSync(files).find((name) => name.startsWith("init-"));
    assert.ok(real !== undefined);
    const script = world.write("fake", '#!/bin/sh\nshift\nexec "$@"\n', 0o755);
    for (const fake of [script, join(files, real)]) {
      const said = imitate(world, fake);
      assert.doesNotMatch(said, /a secret/u, fake);
      assert.notEqual(said, "");
    }
  });
});
