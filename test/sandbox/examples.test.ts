import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { compileProjectFile } from "../../src/config/compile-project.ts";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** The configurations of docs/examples, each run for real: what it promises is there, and the rest is not. */

const EXAMPLES = join(import.meta.dirname, "../../docs/examples");

const readExample = (name: string) => readFileSync(join(EXAMPLES, name), "utf8");

const SERVER = new URL("../helpers/hello-server.ts", import.meta.url);

function makeWorld(example: string, text = readExample(example)): World {
  const world = new World();
  world.write(".config/pale/config.toml", text);
  world.write(".ssh/id_ed25519", "SSH KEY\n");
  world.write(".aws/credentials", "AWS KEY\n");
  world.write(".cargo/credentials.toml", "CARGO KEY\n");
  world.write(".cargo/bin/cargo", "#!/bin/sh\necho cargo ran\n", 0o755);
  world.write(".cargo/advisory-dbs/db", "");
  world.write(".rustup/settings.toml", "RUSTUP\n");
  world.write(".gitconfig", "[user]\n\tname = Ada\n");
  world.write(".npm-global/bin/tool", "#!/bin/sh\necho tool ran\n", 0o755);
  world.write(".opencode/bin/opencode", "#!/bin/sh\necho opencode ran\n", 0o755);
  world.write(".config/opencode/opencode.json", "OPENCODE\n");
  return world;
}

describe("the examples", () => {
  for (const name of readdirSync(EXAMPLES)) {
    test(`${name} compiles`, () => {
      const source = { name, text: readExample(name) };
      if (name.endsWith(".pale.toml")) compileProjectFile(source, "/home/ada/project");
      else compileConfiguration([...BUILTIN_PROFILES, source]);
    });
  }
});

describe("redoubtful.toml", () => {
  let port = 0;
  let server: Worker;
  before(async () => {
    server = new Worker(SERVER);
    port = await new Promise((resolve) => {
      server.once("message", resolve);
    });
  });
  after(async () => void (await server.terminate()));
  const example = () => readExample("redoubtful.toml").replace("8080", String(port));

  test("gives pi its tools, its state, the server of the host, and no more", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl", "git"])) return;
    using world = makeWorld("redoubtful.toml", example());
    const script = `
      cargo; tool; git config user.name
      cat ~/.rustup/settings.toml; cat ~/.cargo/credentials.toml
      touch ~/.pi/session ~/.cargo/advisory-dbs/lock && echo wrote
      touch ~/.cargo/bin/x ~/.gitconfig || echo kept
      cat ~/.ssh/id_ed25519; curl -sS http://127.0.0.1:${port}/
    `;
    const { stdout, stderr } = world.inside(script, { flags: ["--profile", "pi-local"] });
    const expected = ["cargo ran", "tool ran", "Ada", "RUSTUP", "wrote", "kept"];
    assert.deepEqual(stdout.split("\n"), [...expected, "hello from the host"], stderr);
    assert.ok(existsSync(join(world.home, ".pi/session")));
    const without = world.inside(script).stdout;
    for (const line of [...expected.slice(0, 5), "hello"]) assert.ok(!without.includes(line), line);
  });

  test("runs opencode from its own directory", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld("redoubtful.toml", example());
    const script = "opencode; cat ~/.config/opencode/opencode.json; touch ~/.opencode/x || echo ro";
    const { stdout } = world.inside(script, { flags: ["-u", "opencode-local"] });
    assert.equal(stdout, "opencode ran\nOPENCODE\nro\n");
    assert.equal(world.inside(script).stdout, "ro\n", "the control: without it nothing is there");
  });
});

describe("agent-sandbox.toml", () => {
  test("shows ~/.aws read-only, nothing else, and no network", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld("agent-sandbox.toml");
    const script =
      "cat ~/.aws/credentials ~/.ssh/id_ed25519; touch ~/.aws/x || echo ro; tail -n +3 /proc/net/dev | cut -d: -f1";
    const { stdout } = world.inside(script);
    assert.equal(stdout.replaceAll(" ", ""), "AWSKEY\nro\nlo\n");
    const without = world.inside(script, { flags: ["--no-config"] });
    assert.ok(!without.stdout.includes("AWS KEY"), "the control: by default it is not there");
  });

  test("debugs with the host in sight, its socket at hand, and secrets out of sight", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const socket = join(world.home, "docker.sock");
    const listening = createServer().listen(socket);
    await new Promise((resolve) => {
      listening.once("listening", resolve);
    });
    const text = readExample("agent-sandbox.toml").replace("/var/run/docker.sock", socket);
    world.write(".config/pale/config.toml", text);
    world.write(".ssh/id_ed25519", "SSH KEY\n");
    world.write(".aws/credentials", "AWS KEY\n");
    world.write("notes", "NOTES\n");
    const script = `cat ~/notes ~/.ssh/id_ed25519; test -S '${socket}' && echo socket; touch ~/x || echo ro`;
    const { stdout, stderr } = world.inside(script, { flags: ["--profile", "debugging"] });
    listening.close();
    assert.equal(stdout, "NOTES\nsocket\nro\n", stderr);
    assert.equal(world.inside(script).stdout, "", "the control: by default nothing is there");
  });
});

describe("agent-lockbox.toml", () => {
  test("lets cargo write its caches, and shows none of its secrets", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["git"])) return;
    using world = makeWorld("agent-lockbox.toml");
    const registry = 'registry = "sparse+https://index.example/"';
    const source = '[source.crates-io]\nreplace-with = "own"\n';
    world.write(".cargo/config.toml", `${source}[source.own]\n${registry}\n`);
    const script = `
      cargo; git config user.name; touch ~/.cargo/registry/x && echo wrote
      cat ~/.cargo/credentials.toml ~/.ssh/id_ed25519
      touch ~/.gitconfig ~/.cargo/bin/x || echo ro
    `;
    const { stdout, stderr } = world.inside(script, { flags: ["--profile", "lockbox"] });
    assert.equal(stdout, "cargo ran\nAda\nwrote\nro\n", stderr);
    const shown = world.inside("cat ~/.cargo/credentials.toml", { flags: ["--ro", "~/.cargo"] });
    assert.equal(shown.stdout, "CARGO KEY\n", "the control: without the mask it is there");
  });
});

describe("agentpen.toml", () => {
  test("has no ~/.ssh, no github, and the variables it names", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = makeWorld("agentpen.toml");
    const script = `
      ls ~/.ssh 2>&1; echo $ANTHROPIC_API_KEY $GH_TOKEN; touch ~/.claude/x && echo wrote
      curl -s -o /dev/null -w '%{http_connect}' https://github.com/
    `;
    const env = { ANTHROPIC_API_KEY: "sk", GH_TOKEN: "gh" };
    const { stdout } = world.inside(script, { flags: ["--profile", "pen"], env });
    assert.match(stdout, /^ls: .*\/\.ssh': No such file or directory\nsk\nwrote\n403$/u);
    const rules = world.pale(["run", "--profile", "pen", "--dry-run=json", "--", "true"]).stdout;
    assert.ok(rules.includes('"api.anthropic.com:443"'), "the control: its own hosts are allowed");
  });
});

describe("project.pale.toml", () => {
  test("needs no trust, and takes away what it says", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    mkdirSync(join(world.project, "migrations"));
    world.write("work/project/secrets/key", "KEY\n");
    const script = "cat secrets/key; touch migrations/x || echo kept; touch new && echo wrote";
    const control = world.inside(script).stdout;
    assert.equal(control, "KEY\nwrote\n");
    writeFileSync(join(world.project, ".pale.toml"), readExample("project.pale.toml"));
    assert.equal(world.inside(script).stdout, "kept\nwrote\n");
  });
});
