import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";
import type { Outcome } from "../helpers/world.ts";

/** What a project may say about its own sandbox, and that it takes the user's word to get more. */

const SERVER = new URL("../helpers/hello-server.ts", import.meta.url);

function makeWorld(text: string): World {
  const world = new World();
  writeFileSync(join(world.project, ".pale.toml"), text);
  return world;
}

const SECRETS = { SECRET: "s3cret", SOME_URL: "http://127.0.0.1:1" };

/** A project with this file, and around it what it might be after. */
function makeHostile(text: string): World {
  const world = makeWorld(`${text}\n`);
  world.write(".ssh/key", "KEY\n");
  world.write("notes", "NOTES\n");
  world.write(".config/pale/config.toml", '[profile.extra]\nenv.set.EXTRA = "extra"\n');
  world.write("work/project/bin/tool", "#!/bin/sh\necho tool\n", 0o755);
  world.write("work/project/.git/hooks/sample", "");
  symlinkSync("../../.ssh", join(world.project, "link"));
  // The name stays when its server has gone.
  world.outside(
    "socat -u UNIX-LISTEN:$HOME/s.sock,unlink-close=0 /dev/null & sleep 0.1; until test -S ~/s.sock; do sleep 0.1; done; kill $!",
  );
  return world;
}

/** The launch stopped, with a message for this key at this line. */
function assertRefused(world: World, { status, stdout, stderr }: Outcome, key: string): void {
  assert.deepEqual({ status, stdout }, { status: 125, stdout: "" }, stderr);
  assert.ok(stderr.includes(`pale: \`${key}`), stderr);
  assert.ok(stderr.includes(`\n  at ${world.project}/.pale.toml:1\n`), stderr);
  assert.match(stderr, /\n {2}look at it and decide: pale trust \S+; or .*--no-project-file\n$/u);
  assert.equal(stderr.match(/^pale:/gmu)?.length, 1, "one message for each key");
}

describe("a hostile repository gets nothing by asking, and everything once it is trusted", () => {
  let port = 0;
  let server: Worker;
  before(async () => {
    server = new Worker(SERVER);
    port = await new Promise((resolve) => {
      server.once("message", resolve);
    });
  });
  after(async () => void (await server.terminate()));

  /** `works` is what the script prints where the file counts. */
  const rows: [key: string, text: string, script: string, works: string][] = [
    ["uses", 'uses = ["extra"]', "echo $EXTRA", "extra\n"],
    ["path_add", 'path_add = ["./bin"]', "tool", "tool\n"],
    ["env.pass", 'env.pass = ["SECRET"]', "echo $SECRET", "s3cret\n"],
    ["env.set", 'env.set.PROMPT_COMMAND = "x"', "echo $PROMPT_COMMAND", "x\n"],
    ["env.file", 'env.file.KEY = "~/.ssh/key"', "echo $KEY", "KEY\n"],
    ["env.command", 'env.command.OUT = ["echo", "made"]', "echo $OUT", "made\n"],
    ["mounts", 'mounts = [{ host = "~/.ssh" }]', "cat ~/.ssh/key", "KEY\n"],
    ["mounts", 'mounts = [{ host = "~/.ssh", access = "rw" }]', "cat ~/.ssh/key", "KEY\n"],
    ['mode = "blacklist"', 'mode = "blacklist"', "cat ~/notes", "NOTES\n"],
    ["command", 'command = ["echo", "mine"]', "", "mine\n"],
    ["sockets", 'sockets = ["~/s.sock"]', "test -S ~/s.sock && echo there", "there\n"],
    ["unprotect", 'unprotect = [".git/hooks"]', "touch .git/hooks/x && echo made", "made\n"],
  ];
  for (const [key, text, script, works] of rows) {
    test(text, (t) => {
      if (!requireSandbox(t) || !requireTools(t, ["socat"])) return;
      using world = makeHostile(text);
      const run = (...flags: string[]) =>
        script === ""
          ? world.pale(["run", ...flags], { env: SECRETS })
          : world.inside(script, { env: SECRETS, flags });
      assertRefused(world, run(), key);
      assert.notEqual(run("--no-project-file").stdout, works);
      assert.equal(world.pale(["trust", "--yes"]).status, 0);
      const { stdout, stderr } = run();
      assert.equal(stdout, works, stderr);
    });
  }

  /** `planned` is what the plan holds where the file counts. */
  const plans: [key: string, text: string, planned: RegExp][] = [
    ['network = "host"', 'network = "host"', /"network": "host"/u],
    ["seccomp = false", "seccomp = false", /"kind": "denylist"/u],
    ["registries", 'registries = ["npm"]', /\\"value\\":\\"npm\\"/u],
    ["endpoints", 'endpoints = ["SOME_URL"]', /"hostPort": 1\b/u],
    ["publish", "publish = [65123]", /"hostPort": 65123\b/u],
  ];
  for (const [key, text, planned] of plans) {
    test(text, (t) => {
      if (!requireSandbox(t) || !requireTools(t, ["socat"])) return;
      using world = makeHostile(text);
      const plan = (...flags: string[]) =>
        world.pale(["run", ...flags, "--dry-run=json", "--", "true"], { env: SECRETS });
      assertRefused(world, plan(), key);
      assert.equal(planned.test(plan("--no-project-file").stdout), false);
      world.pale(["trust", "--yes"]);
      assert.equal(planned.test(plan().stdout), true, "the control");
      assert.equal(world.inside("echo ran", { env: SECRETS }).stdout, "ran\n");
    });
  }

  test("not what a link in it leads to, trusted or not", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["socat"])) return;
    using world = makeHostile('mounts = [{ host = "./link" }]');
    const script = "cat ~/.ssh/key";
    assertRefused(world, world.inside(script), "mounts");
    world.pale(["trust", "--yes"]);
    assert.match(world.inside(script).stderr, /leads out of `.*project`, where agents can write/u);
  });

  test("allow and forwards", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    for (const [key, text, script] of [
      ["allow", `allow = ["127.0.0.1:${port}"]`, `curl -sS http://127.0.0.1:${port}/ --noproxy ''`],
      ["forwards", `forwards = [{ host_port = ${port} }]`, `curl -sS http://127.0.0.1:${port}/`],
    ] as const) {
      using world = makeWorld(`${text}\n`);
      assertRefused(world, world.inside(script), key);
      const without = world.inside(script, { flags: ["--no-project-file"] });
      assert.notEqual(without.stdout, "hello from the host");
      world.pale(["trust", "--yes"]);
      const { stdout, stderr } = world.inside(script);
      assert.equal(stdout, "hello from the host", stderr);
    }
  });

  test("its rules are those of the launch: a running sandbox never sees what becomes of it", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = makeWorld("");
    const url = `http://127.0.0.1:${port}/`;
    const get = `curl -s -o /dev/null -w '%{http_code} ' --noproxy '' ${url}`;
    const inside = `${get}; touch ready; until test -e go; do sleep 0.1; done; sleep 3; ${get}`;
    const { stdout, stderr } = world.outside(`
      '${PALE}' run -- sh -c "${inside.replaceAll('"', '\\"')}" &
      until test -e ready; do sleep 0.1; done
      echo 'allow = ["127.0.0.1:${port}"]' > .pale.toml
      '${PALE}' trust --yes > trusted
      touch go
      wait
    `);
    assert.equal(stdout, "403 403 ", stderr);
    assert.equal(world.inside(get).stdout, "200 ", "the control: the next launch has it");
  });
});

describe("without trust a project's file takes away", () => {
  test("what it names, and the launch goes on", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(`
network = "none"
mounts = [{ host = "./secrets", access = "mask" }, { host = "~/data", access = "ro" }]
`);
    world.write("work/project/secrets/key", "KEY\n");
    world.write("data/file", "DATA\n");
    world.write(".config/pale/config.toml", 'mounts = [{ host = "~/data", access = "rw" }]\n');
    const script = "cat secrets/key; echo x > ~/data/file; echo ran; env | grep -ci _proxy=";
    const { stdout, stderr } = world.inside(script);
    assert.equal(stdout, "ran\n0\n");
    assert.match(stderr, /secrets\/key.*No such file/u);
    assert.match(stderr, /data\/file.*Read-only file system/u);
    const control = world.inside(script, { flags: ["--no-project-file"] });
    assert.match(control.stdout, /^KEY\nran\n[1-9]/u);
    assert.equal(readFileSync(join(world.home, "data/file"), "utf8"), "x\n");
  });

  test("and the user's own word about the project beats it", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld('network = "none"\nenv.set = {}\n');
    const script = "env | grep -c ^https_proxy=";
    assert.equal(world.inside(script).stdout, "0\n");
    assert.equal(world.inside(script, { flags: ["--network", "filtered"] }).stdout, "1\n");
    const table = `[project."${world.project}"]\nnetwork = "filtered"\n`;
    world.write(".config/pale/config.toml", table);
    assert.equal(world.inside(script).stdout, "1\n");
  });
});

describe("trust is in this content, in this place", () => {
  test("and gone when either is another", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld('env.set.A = "1"\n');
    const file = join(world.project, ".pale.toml");
    const get = () => world.inside("echo $A");
    world.pale(["trust", "--yes"]);
    assert.equal(get().stdout, "1\n");
    writeFileSync(file, 'env.set.A = "1" \n');
    assert.match(get().stderr, /^pale: `env\.set` widens .*, and this file has changed\n/u);
    const shown = world.pale(["trust", "--yes"]).stdout;
    assert.match(shown, /changed since it was trusted:\n\n {2}- env\.set\.A = "1"\n {2}\+ env/u);
    assert.equal(get().stdout, "1\n", "the control: the new content is trusted");
    const moved = join(world.home, "work/moved");
    renameSync(world.project, moved);
    assert.match(world.inside("echo $A", { cwd: moved }).stderr, /this file is not trusted\n/u);
    renameSync(moved, world.project);
    assert.equal(get().stdout, "1\n");
    renameSync(file, `${file}.real`);
    symlinkSync(".pale.toml.real", file);
    assert.match(get().stderr, /^pale: the project's `\.pale\.toml` is a link\n/u);
    renameSync(`${file}.real`, file);
    assert.equal(world.pale(["trust", "--revoke"]).stdout, `revoked: ${world.project}\n`);
    assert.match(get().stderr, /this file is not trusted\n/u);
  });

  test("or in no content: then the file is as if it were not there, until it changes", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld('env.set.A = "1"\nnetwork = "none"\n');
    world.pale(["trust", "--ignore", "--yes"]);
    const script = "echo ${A-unset}; env | grep -c ^https_proxy=";
    assert.equal(world.inside(script).stdout, "unset\n1\n");
    assert.match(world.pale(["trust", "--list"]).stdout, /^ignored {2}[\da-f]{12} {2}\S+\n$/u);
    writeFileSync(join(world.project, ".pale.toml"), 'env.set.A = "2"\n');
    assert.equal(world.inside(script).status, 125);
  });

  test("and needs somebody who says so, and has seen it without tricks", (t) => {
    if (!requireTools(t, ["sh"])) return;
    using world = makeWorld('env.set.A = "\\u001b[2J" # \u202Eevil\n');
    const { status, stdout, stderr } = world.pale(["trust"], { input: "y\n" });
    assert.equal(status, 125);
    assert.match(stderr, /^pale: `pale trust` needs a terminal to ask on\n/u);
    assert.match(stdout, /# \\u202eevil\n/u);
    assert.match(stdout, /\n {2}line 1: env\.set\n$/u);
    assert.equal(existsSync(join(world.home, ".local/state/pale/trust")), false);
  });
});

test("the file cannot be written, moved or made from inside", (t) => {
  if (!requireSandbox(t)) return;
  using world = makeWorld('network = "none"\n');
  const file = join(world.project, ".pale.toml");
  const script = "echo x >> .pale.toml; mv .pale.toml z; rm -f .pale.toml; ln -sf z .pale.toml";
  world.inside(script);
  assert.equal(readFileSync(file, "utf8"), 'network = "none"\n');
  world.outside("rm .pale.toml");
  world.inside("echo 'deny = []' > .pale.toml");
  assert.equal(existsSync(file), false);
  assert.equal(world.inside("echo ran").stdout, "ran\n", "and no ghost stops the next launch");
  world.outside("echo 'deny = []' > .pale.toml");
  assert.equal(existsSync(file), true, "the control: outside of a sandbox it can");
});
