import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** What a hostile repository tried with settings that only seem to tighten. */

const CONFIG = ".config/pale/config.toml";

function makeWorld(configuration: string): World {
  const world = new World();
  world.write(CONFIG, configuration);
  return world;
}

function setProjectFile(world: World, text: string): void {
  writeFileSync(join(world.project, ".pale.toml"), text);
}

/** That make the project read-only for one launch; what is in it is as hostile as before. */
const CLOSED: [how: string, text: string, flags: string[]][] = [
  ["by its own file", 'mounts = [{ host = ".", access = "ro" }]\n', []],
  ["by an overlay", "", ["--overlay", "."]],
];

describe("in a project that is not writable this once", () => {
  for (const [how, text, flags] of CLOSED) {
    test(`${how}, env.command runs no program of it`, (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld('env.command.TOKEN = ["teller"]\n');
      world.write("bin/teller", "#!/bin/sh\necho good\n", 0o755);
      setProjectFile(world, text);
      const script = "#!/bin/sh\ntouch ~/pwned\necho evil\n";
      world.write("work/project/bin/teller", script, 0o755);
      const own = `${join(world.home, "bin")}:/usr/bin:/bin`;
      const env = { PATH: `${join(world.project, "bin")}:${own}` };
      const run = (PATH: string) => world.inside("echo $TOKEN", { env: { PATH }, flags });
      const { stdout, stderr } = run(env.PATH);
      assert.equal(stdout, "good\n", stderr);
      assert.equal(existsSync(join(world.home, "pwned")), false);
      assert.equal(run(own).stdout, "good\n", "the control");
      assert.equal(world.outside("teller", { env }).stdout, "evil\n", "the control");
    });

    test(`${how}, env.file reads nothing of it`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const key = world.write(".ssh/key", "KEY\n");
      const link = join(world.project, "token");
      symlinkSync(key, link);
      setProjectFile(world, text);
      const run = (file: string) =>
        world.inside("echo $TOKEN", { flags: [...flags, "--env-file", `TOKEN=${file}`] });
      const { stdout, stderr } = run(link);
      assert.equal(stdout, "");
      assert.match(stderr, /an agent could write `.*\/token`, where `TOKEN` comes from/u);
      assert.equal(run(key).stdout, "KEY\n", "the control");
    });
  }

  test("nor does env.file read what lies in a mount that its file makes read-only", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld('mounts = [{ host = "~/state", access = "rw" }]\n');
    const key = world.write(".ssh/key", "KEY\n");
    mkdirSync(join(world.home, "state"));
    symlinkSync(key, join(world.home, "state/token"));
    setProjectFile(world, 'mounts = [{ host = "~/state" }]\n');
    const run = (file: string) =>
      world.inside("echo $TOKEN", { flags: ["--env-file", `TOKEN=${join(world.home, file)}`] });
    assert.match(run("state/token").stderr, /an agent could write `.*\/state\/token`/u);
    assert.equal(run(".ssh/key").stdout, "KEY\n", "the control");
  });
});

describe("a file that nobody has trusted", () => {
  test("does not bring back a mount whose place another one has", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(`[profile.tool]
mounts = [{ host = "~/state", access = "rw" }]
[profile.mine]
uses = ["tool"]
mounts = [{ host = "~/other", sandbox = "~/state", access = "rw" }]
`);
    world.write("state/token", "SECRET\n");
    world.write("other/token", "harmless\n");
    setProjectFile(world, 'mounts = [{ host = "~/state" }]\n');
    const script = "cat ~/state/token; echo x > ~/state/new && echo wrote";
    const mine = world.inside(script, { flags: ["--profile", "mine"] });
    assert.equal(mine.stdout, "harmless\nwrote\n", mine.stderr);
    const tool = world.inside(script, { flags: ["--profile", "tool"] });
    assert.equal(tool.stdout, "SECRET\n", "the control: there it is what is shown");
    assert.match(tool.stderr, /Read-only file system/u);
  });

  test("does not undo a mask by another name of the mount", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("real/token", "SECRET\n");
    symlinkSync("real", join(world.home, "name"));
    const mount = '{ host = "~/name", access = "rw" }';
    const mask = '{ host = "~/real", access = "mask" }';
    const cat = () => world.inside("cat ~/name/token");
    setProjectFile(world, 'mounts = [{ host = "~/name" }]\n');
    world.write(CONFIG, `mounts = [${mount}, ${mask}]\n`);
    assert.deepEqual([cat().stdout, cat().status], ["", 1]);
    world.write(CONFIG, `mounts = [${mount}]\n`);
    assert.equal(cat().stdout, "SECRET\n", "the control");
  });

  test("does not leave blacklist mode, which hides what lies in a mount", (t) => {
    if (!requireSandbox(t)) return;
    const mounts = 'mounts = [{ host = "~/.cargo", access = "rw" }]\n';
    using world = makeWorld(`mode = "blacklist"\n${mounts}`);
    world.write(".cargo/credentials.toml", "SECRET\n");
    const cat = () => world.inside("cat ~/.cargo/credentials.toml");
    assert.equal(cat().stdout, "");
    setProjectFile(world, 'mode = "allowlist"\n');
    const { status, stderr } = cat();
    assert.equal(status, 125);
    assert.match(stderr, /`mode = "allowlist"` .*, and this file is not trusted/u);
    world.write(CONFIG, mounts);
    assert.equal(cat().stdout, "SECRET\n", "the control: where it is so already");
  });

  test("stops a launch at once, however long it is", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const list = (length: number) =>
      `protect = [${Array.from({ length }, (_, index) => `"p${index}"`).join(", ")}]\n`;
    setProjectFile(world, list(7000));
    const { status, stderr } = world.inside("true");
    assert.equal(status, 125);
    assert.match(stderr, /^pale: `protect` has more than \d+ entries\n {2}at .*\.pale\.toml/u);
    setProjectFile(world, `${"a.".repeat(16_000)}b = 1\n`);
    assert.match(world.inside("true").stderr, /^pale: not valid TOML: it is nested too deeply\n/u);
    setProjectFile(world, list(100));
    assert.equal(world.inside("true").status, 0, "the control");
  });
});

test("`pale trust` names what a launch refuses: what is wider than the user's own settings", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld('network = "none"\n[profile.small]\nlimits.processes = 50\n');
  setProjectFile(world, 'network = "filtered"\nlimits.processes = 5000\n');
  const flags = ["--profile", "small"];
  const { stderr } = world.inside("true", { flags });
  assert.match(stderr, /`limits\.processes = 5000` is higher than 50/u);
  const { stdout } = world.pale(["trust", "--yes"]);
  assert.match(stdout, /line 1: network = "filtered"\n {2}line 2: limits\.processes = 5000\n/u);
  assert.doesNotMatch(stdout, /only tightens/u);
  setProjectFile(world, 'network = "none"\nlimits.processes = 40\n');
  assert.match(world.pale(["trust", "--yes"]).stdout, /it only tightens, which needs no trust/u);
});

test("a link that an agent makes does not give it the settings of a project below", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld('[project."~/work/project/part"]\nenv.set.WIDE = "yes"\n');
  const part = join(world.project, "part");
  mkdirSync(part);
  const show = (...flags: string[]) => world.inside("echo [$WIDE]", { flags }).stdout;
  assert.equal(show("--project", "part"), "[yes]\n", "the control");
  assert.equal(show(), "[]\n");
  assert.equal(world.inside("rmdir part && ln -s . part").status, 0);
  assert.equal(show(), "[]\n");
  writeFileSync(join(world.home, CONFIG), '[project."~/name"]\nenv.set.WIDE = "yes"\n');
  symlinkSync(world.project, join(world.home, "name"));
  assert.equal(show(), "[yes]\n", "the control: a link of the user's own");
});

test("`pale why` knows what an earlier run left in an overlay", (t) => {
  if (!requireSandbox(t)) return;
  using world = new World();
  for (const name of ["gone", "kept"]) world.write(`data/${name}`, "x\n");
  const data = join(world.home, "data");
  const flags = ["--overlay", data];
  world.inside("echo n > ~/data/new; rm ~/data/gone", { flags });
  const why = (name: string) =>
    world.pale(["why", join(data, name), "--", ...flags, "sh"]).stdout.split("\n")[0];
  assert.equal(world.inside("ls ~/data", { flags }).stdout, "kept\nnew\n");
  assert.match(why("new") ?? "", /: read-write, changes kept apart$/u);
  assert.match(why("kept") ?? "", /: read-write, changes kept apart$/u);
  assert.match(why("gone") ?? "", /: not there$/u);
});

describe("a socket by which programs outside are run is not shown with its directory", () => {
  test("where HOME is a link", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await listen(t, join(world.home, ".docker/run/docker.sock"));
    const HOME = join(world.root, "link");
    symlinkSync(world.home, HOME);
    const list = `ls ${world.home}/.docker/run`;
    const run = (...flags: string[]) => world.inside(list, { env: { HOME }, flags });
    assert.match(run("--ro", join(HOME, ".docker")).stderr, /would show `.*\/docker\.sock`/u);
    assert.match(run("--ro", join(world.home, ".docker")).stderr, /would show `.*\/docker\.sock`/u);
    const named = join(world.home, ".docker/run/docker.sock");
    assert.equal(run("--socket", named).stdout, "docker.sock\n", "the control");
  });

  test("where XDG_RUNTIME_DIR is a link", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const runtime = join(world.root, "runtime");
    await listen(t, join(runtime, "bus"));
    symlinkSync(runtime, join(world.root, "link"));
    const env = { XDG_RUNTIME_DIR: join(world.root, "link") };
    const run = (given: Record<string, string>) =>
      world.inside(`ls ${runtime}`, { env: given, flags: ["--ro", runtime] });
    assert.match(run(env).stderr, /would show `.*\/bus`/u);
    assert.equal(run({}).stdout, "bus\n", "the control: not a bus for pale");
  });
});

/** A socket that somebody listens on. */
async function listen(t: TestContext, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer();
  t.after(() => {
    server.close();
    rmSync(path, { force: true });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}
