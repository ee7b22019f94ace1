import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { planAgentRun } from "../helpers/agent-runs.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import { requireSandbox, requireTool, skip } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** Claude from npm, upgraded by npm, out of a cache that scripts/test-agents.sh has filled. */

type Upgrade = { package: string; from: string; to: string };

const { upgrade } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../agents/package.json"), "utf8"),
) as { upgrade: Upgrade };

class Npm {
  readonly world = new World();
  readonly path: string;
  readonly #words: string[];

  constructor(npm: string, node: string, source: string) {
    const { home } = this.world;
    const cache = join(home, "npm-cache");
    const [own, stored] = [cache, source].map((each) => join(each, "_cacache"));
    // npm writes to its index, which therefore has to be this user's.
    cpSync(join(stored ?? "", "index-v5"), join(own ?? "", "index-v5"), { recursive: true });
    symlinkSync(join(stored ?? "", "content-v2"), join(own ?? "", "content-v2"));
    const registry = readFileSync(join(source, "registry"), "utf8").trim();
    const quiet = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
    const places = ["--prefix", join(home, "npm"), "--cache", cache, "--registry", registry];
    this.#words = [npm, "install", "--global", ...quiet, ...places];
    const shims = join(home, ".local/share/pale/shims");
    this.path = `${shims}:${home}/npm/bin:${dirname(npm)}:${dirname(node)}:/usr/bin:/bin`;
  }

  install(version: string): void {
    const words = [...this.#words, `${upgrade.package}@${version}`];
    const { status, stderr } = this.world.spawn(words, { env: { PATH: this.path } });
    assert.equal(status, 0, stderr);
  }

  type(line: string): string {
    const { stdout, stderr } = this.world.outside(line, { env: { PATH: this.path }, input: "" });
    assert.equal(stderr, "");
    return stdout;
  }

  /** A session that asks the scripted model; whoever awaits it gets its exit code and what it said. */
  start(model: ModelProcess): Promise<{ status: number | null; said: string }> {
    const run = planAgentRun("claude", model.url);
    const child = spawn("sh", ["-c", '"$@"', "sh", ...run.command], {
      cwd: this.world.project,
      env: this.world.environment({ PATH: this.path, ...run.environment }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (text) => (said += String(text)));
    return new Promise((resolve) => {
      child.once("close", (status) => resolve({ status, said }));
    });
  }
}

function prepare(context: TestContext): Npm | undefined {
  const npm = requireTool(context, "npm");
  const node = requireTool(context, "node");
  if (!requireSandbox(context) || npm === undefined || node === undefined) return undefined;
  const cache = join(process.env["PALE_TEST_AGENTS"] ?? "/nowhere", "upgrade-cache");
  if (!existsSync(join(cache, "registry"))) return skip(context, `there is no ${cache}`);
  return new Npm(npm, node, cache);
}

describe("an upgrade of Claude by npm, under its shim", () => {
  test("is what the next call runs, while a session of the old one goes on to its end", async (context) => {
    const npm = prepare(context);
    if (!npm) return;
    using world = npm.world;
    npm.install(upgrade.from);
    assert.equal(world.pale(["shims"], { env: { PATH: npm.path } }).status, 0);
    assert.match(npm.type("command -v claude"), /\/pale\/shims\/claude$/mu);
    assert.equal(npm.type("claude --version"), `${upgrade.from} (Claude Code)\n`);
    const shim = readFileSync(npm.type("command -v claude").trim(), "utf8");

    const [started, go] = ["started", "go"].map((name) => join(world.project, name));
    const wait = `touch ${started}; while ! test -e ${go}; do sleep 0.2; done; cat ~/.ssh/id; echo gone on`;
    world.write(".ssh/id", "PLANTED");
    using model = new ModelProcess(
      [{ tool: "bash", command: wait }, { text: "finished" }],
      mkdtempSync(join(world.root, "model-")),
    );
    const session = npm.start(model);
    while (!existsSync(started ?? "")) await sleep(100);
    npm.install(upgrade.to);
    assert.equal(npm.type("claude --version"), `${upgrade.to} (Claude Code)\n`);
    writeFileSync(go ?? "", "");
    const { status, said } = await session;
    assert.equal(status, 0, said);
    assert.match(said, /finished/u);
    const told = model.toolResults().map(({ text }) => text);
    assert.match(told.join("\n"), /No such file or directory[^]*gone on/u);

    assert.equal(readFileSync(npm.type("command -v claude").trim(), "utf8"), shim);
    assert.equal(npm.type("claude-raw --version"), `${upgrade.to} (Claude Code)\n`);
  });
});
