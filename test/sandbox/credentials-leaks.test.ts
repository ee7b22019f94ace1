import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { findParts, listTree } from "../helpers/tree.ts";
import { PALE, World } from "../helpers/world.ts";

/** Secrets of every source, new at each run: they are nowhere on the host but where the user has them. */

const SOURCES = ["value", "variable", "file", "command", "credential"] as const;

type Secrets = Record<(typeof SOURCES)[number], string>;

function makeSecrets(): Secrets {
  const make = () => `sk-${randomBytes(9).toString("hex")}/${randomBytes(6).toString("base64url")}`;
  return {
    value: make(),
    variable: make(),
    file: make(),
    command: make(),
    credential: make(),
  };
}

/** Where the user keeps them. */
const KEPT = [".config/pale/secrets.toml", "keys/file", "keys/command", "keys/credential"];

function makeWorld(secrets: Secrets): World {
  const world = new World();
  const proxies = SOURCES.map((name) => {
    return `{ host = "${name}.example.com", inject = { secret = "${name}", bearer = true, env = "KEY_${name}" } }`;
  });
  world.write(
    ".config/pale/config.toml",
    `env.pass = ["COPY"]\nproxies = [\n${proxies.join(",\n")}\n]\n`,
  );
  world.write(
    ".config/pale/secrets.toml",
    `value = { value = "${secrets.value}" }
variable = { env = "SOURCE" }
file = { file = "~/keys/file" }
command = { command = ["cat", "${world.home}/keys/command"] }
credential = { credential = "credential" }
`,
    0o600,
  );
  for (const name of ["file", "command", "credential"] as const)
    world.write(`keys/${name}`, `${secrets[name]}\n`, 0o600);
  return world;
}

function environmentOf(world: World, secrets: Secrets): Record<string, string> {
  const COPY = `Bearer ${secrets.variable}`;
  const HTTPS_PROXY = "http://user:proxy-word-7Gq2@127.0.0.1:9";
  return {
    SOURCE: secrets.variable,
    COPY,
    HTTPS_PROXY,
    CREDENTIALS_DIRECTORY: `${world.home}/keys`,
  };
}

/** Names of the secrets that the text has a part of. */
function findIn(text: string, secrets: Secrets): string[] {
  return Object.entries(secrets)
    .filter(([, value]) => text.includes(value) || text.includes(value.slice(3, 19)))
    .map(([name]) => name);
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

describe("a secret", () => {
  test("is in nothing that pale prints or writes", (t) => {
    if (!requireSandbox(t)) return;
    const secrets = makeSecrets();
    using world = makeWorld(secrets);
    const env = environmentOf(world, secrets);
    const ask = SOURCES.map((name) => `curl -sS -m 5 https://${name}.example.com/`).join("; ");
    const inside = world.pale(["run", "--", "sh", "-c", `env; ${ask}`], { env });
    assert.match(inside.stdout, /^KEY_value=sk-/mu, inside.stderr);
    assert.match(inside.stdout, /^COPY=Bearer sk-/mu);
    const commands = [
      ["run", "--dry-run", "sh"],
      ["run", "--dry-run=json", "sh"],
      ["show"],
      ["why", "value.example.com"],
      ["why", "KEY_value"],
      ["check"],
      ["log"],
      ["log", "--json"],
      ["doctor"],
      ["run", "--ro", `${world.home}/keys`, "--", "true"],
    ];
    const said = commands.map((command) => world.pale(command, { env }));
    for (const [index, { stdout, stderr }] of [inside, ...said].entries()) {
      assert.deepEqual(findIn(stdout + stderr, secrets), [], `${commands[index - 1]?.join(" ")}`);
    }
    const kept = KEPT.map((name) => join(world.home, name));
    const files = listFiles(world.root);
    assert.ok(files.some((file) => file.endsWith("authority.pem")));
    for (const file of files.filter((each) => !kept.includes(each)))
      assert.deepEqual(findIn(readFileSync(file, "latin1"), secrets), [], file);
    const found = kept.flatMap((file) => findIn(readFileSync(file, "latin1"), secrets));
    assert.equal(found.length, 4, "the control: they are found where they are");
  });

  test("is in no process of the host but the supervisor, which nobody can look into", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    const secrets = makeSecrets();
    using world = makeWorld(secrets);
    const { child, parts } = await start(world, environmentOf(world, secrets));
    const supervisor = parts["supervisor"] ?? 0;
    for (const { pid } of listTree(child.pid ?? 0)) {
      const { text } = readProcess(pid);
      assert.deepEqual(findIn(text, secrets), [], `${pid}`);
    }
    assert.deepEqual(readProcess(supervisor).denied, ["environ", "mem", "fd"]);
    assert.deepEqual(readCoreLimits(supervisor), ["0", "0"]);
    await end(child);
  });

  test("has a control: a supervisor without any can be looked into", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write(".config/pale/config.toml", 'network = "filtered"\n');
    const { child, parts } = await start(world, {});
    assert.deepEqual(readProcess(parts["supervisor"] ?? 0).denied, []);
    assert.deepEqual(readCoreLimits(parts["supervisor"] ?? 0), readCoreLimits(process.pid));
    await end(child);
  });
});

async function start(world: World, env: Record<string, string>) {
  const script = "curl -s -m 5 https://unlisted.example.org; echo ready; read line";
  const child = spawn(PALE, ["run", "--", "sh", "-c", script], {
    cwd: world.project,
    env: world.environment(env),
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const deadline = Date.now() + 30_000;
  while (!said.includes("ready")) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(said);
    await sleep(20);
  }
  return { child, parts: findParts(child.pid ?? 0) };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
}

/** What another process of this user sees of one: command line, environment, memory, files. */
function readProcess(pid: number): { text: string; denied: string[] } {
  const denied: string[] = [];
  const attempt = (name: string, read: () => string): string => {
    try {
      return read();
    } catch {
      denied.push(name);
      return "";
    }
  };
  const text = [
    readFileSync(`/proc/${pid}/cmdline`, "latin1"),
    attempt("environ", () => readFileSync(`/proc/${pid}/environ`, "latin1")),
    attempt("mem", () => readMemory(pid)),
    attempt("fd", () => listDescriptors(pid)),
  ];
  return { text: text.join("\n"), denied };
}

const READ_MEMORY = `import sys
pid = sys.argv[1]
memory = open(f"/proc/{pid}/mem", "rb", 0)
for line in open(f"/proc/{pid}/maps"):
  first, last = (int(part, 16) for part in line.split()[0].split("-"))
  if not line.split()[1].startswith("rw") or last - first > 1 << 28: continue
  try:
    memory.seek(first)
    sys.stdout.buffer.write(memory.read(last - first))
  except (OSError, ValueError): pass`;

function readMemory(pid: number): string {
  const words = ["-c", READ_MEMORY, String(pid)];
  const { status, stdout } = spawnSync("/usr/bin/python3", words, { maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error("cannot be read");
  return stdout.toString("latin1");
}

function listDescriptors(pid: number): string {
  const names = readdirSync(`/proc/${pid}/fd`);
  return names.map((name) => readlinkSync(`/proc/${pid}/fd/${name}`)).join("\n");
}

/** How large a core dump of a process may be: now, and at most. */
function readCoreLimits(pid: number): string[] {
  const limits = readFileSync(`/proc/${pid}/limits`, "latin1");
  return /^Max core file size\s+(\S+)\s+(\S+)/mu.exec(limits)?.slice(1) ?? [];
}
