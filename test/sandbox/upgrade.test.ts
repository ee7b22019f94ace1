import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** Says its version; with `wait`, answers every line with it, and reads a file of its own for that. */
function renderAgent(version: string, interpreter: string): string {
  return [
    `#!${interpreter}`,
    'const { existsSync } = require("node:fs");',
    'const { join } = require("node:path");',
    'const own = () => (existsSync(join(__dirname, "late.txt")) ? "whole" : "gone");',
    `console.log("version ${version}");`,
    'if (process.argv.includes("wait")) process.stdin.on("data", (line) => {',
    '  if (String(line).startsWith("end")) process.exit(3);',
    `  console.log("still ${version}, its files " + own());`,
    "});",
    "",
  ].join("\n");
}

class Agent {
  readonly world = new World();
  readonly path: string;
  readonly #shims = join(this.world.home, ".local/share/pale/shims");

  /** @param directory of the program, below the home */
  constructor(directory: string, tools: readonly string[] = []) {
    const places = [join(this.world.home, directory), ...tools];
    this.path = [this.#shims, ...places, "/usr/local/bin:/usr/bin:/bin"].join(":");
  }

  get env() {
    return { PATH: this.path, SHELL: "/bin/bash" };
  }

  shim(...words: string[]) {
    const { status, stdout, stderr } = this.world.spawn([join(this.#shims, "claude"), ...words], {
      env: this.env,
    });
    return { status, stdout, stderr };
  }

  /** A session that goes on; `say` gives the answer to a line. */
  start() {
    const { world } = this;
    const child = spawn(join(this.#shims, "claude"), ["wait"], {
      cwd: world.project,
      env: world.environment(this.env),
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const say = (line: string) => child.stdin.write(`${line}\n`);
    return { next, say, ended };
  }

  /** What is in the shims' directory, and what the doctor says of them. */
  state() {
    const names = readdirSync(this.#shims).sort();
    const texts = names.map((name) => readFileSync(join(this.#shims, name), "utf8"));
    const { stdout } = this.world.pale(["doctor", "--json"], { env: this.env });
    const about = (JSON.parse(stdout) as Finding[]).filter(({ check }) => check !== "log");
    return { names, texts, about };
  }
}

describe("an upgrade of an agent under its shim", () => {
  test("by npm: the next call is the new one, and who runs goes on", async (context) => {
    const node = requireTool(context, "node");
    const npm = requireTool(context, "npm");
    if (!requireSandbox(context) || node === undefined || npm === undefined) return;
    const agent = new Agent("npm/bin", [dirname(node), dirname(npm)]);
    using world = agent.world;
    const install = (version: string) => {
      const manifest = { name: "@scope/agent", version, bin: { claude: "dist/cli.js" } };
      world.write(`agent/${version}/package.json`, JSON.stringify(manifest));
      world.write(`agent/${version}/dist/late.txt`, "");
      world.write(`agent/${version}/dist/cli.js`, renderAgent(version, "/usr/bin/env node"), 0o755);
      const options = { env: agent.env, cwd: join(world.home, "agent") };
      const packed = world.spawn([npm, "pack", "--silent", `./${version}`], options);
      assert.equal(packed.status, 0, packed.stderr);
      const quiet = ["--offline", "--no-audit", "--no-fund", "--prefix", join(world.home, "npm")];
      const words = [npm, "install", "--global", ...quiet, packed.stdout.trim()];
      const installed = world.spawn(words, options);
      assert.equal(installed.status, 0, installed.stderr);
    };
    install("1.0.0");
    world.pale(["shims"], { env: agent.env });
    assert.deepEqual(agent.shim(), { status: 0, stdout: "version 1.0.0\n", stderr: "" });
    const before = agent.state();
    const session = agent.start();
    assert.equal(await session.next(), "version 1.0.0");
    session.say("hello");
    assert.equal(await session.next(), "still 1.0.0, its files whole");
    install("1.1.0");
    assert.deepEqual(agent.shim(), { status: 0, stdout: "version 1.1.0\n", stderr: "" });
    session.say("hello");
    // npm removed the old directory; what is in memory goes on, as it does without a sandbox.
    assert.match(await session.next(), /^still 1\.0\.0, its files (?:whole|gone)$/u);
    session.say("end");
    assert.equal(await session.ended, 3);
    assert.deepEqual(agent.state(), before);
  });

  test("by a link that is moved to another version, as Claude's own installer does", async (context) => {
    const node = requireTool(context, "node");
    if (!requireSandbox(context) || node === undefined) return;
    const agent = new Agent(".local/bin", [dirname(node)]);
    using world = agent.world;
    world.write(".local/bin/other", "");
    const link = join(world.home, ".local/bin/claude");
    const install = (version: string) => {
      const name = `.local/share/claude/versions/${version}`;
      const file = world.write(name, renderAgent(version, "/usr/bin/env node"), 0o755);
      rmSync(link, { force: true });
      symlinkSync(file, link);
    };
    install("2.0.1");
    world.pale(["shims"], { env: agent.env });
    assert.equal(agent.shim().stdout, "version 2.0.1\n");
    const before = agent.state();
    const session = agent.start();
    assert.equal(await session.next(), "version 2.0.1");
    install("2.0.2");
    assert.equal(agent.shim().stdout, "version 2.0.2\n");
    rmSync(join(world.home, ".local/share/claude/versions/2.0.1"));
    session.say("hello");
    assert.match(await session.next(), /^still 2\.0\.1/u);
    session.say("end");
    assert.equal(await session.ended, 3);
    assert.deepEqual(agent.state(), before);
  });
});
