import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { AGENTS, planAgentRun, type Agent } from "./agent-runs.ts";
import { agentsCache, installAgents, installNativeClaude } from "./agents.ts";
import { startModelApi } from "./model-api.ts";
import type { Turn } from "./model-script.ts";
import { removeTree } from "./remove-tree.ts";

const PREFIX = path.join(agentsCache(), "prefix");

// Not in a hook, which Bun cuts short: the first time, on agents that root fetched, this
// copies a gigabyte.
installAgents(PREFIX);

type Run = { code: number | null; output: string };

/**
 * Run an agent with no sandbox, in a home of its own. Claude refuses this to root,
 * and is not to be told that it is in a sandbox when it is not: run as a user.
 */
async function runAgent(agent: Agent, url: string, home: string): Promise<Run> {
  const { command, environment, files } = planAgentRun(agent, url);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    writeFileSync(path.join(home, name), content);
  }
  const [program = "", ...args] = command;
  const PATH = `${path.join(PREFIX, "bin")}:/usr/local/bin:/usr/bin:/bin`;
  const child = spawn(program, args, {
    cwd: path.join(home, "project"),
    env: { ...environment, PATH, HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 100_000,
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return await new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

describe("the agents", () => {
  for (const agent of AGENTS) {
    it(`${agent} makes the tool calls and the edits that the script names`, async () => {
      const home = mkdtempSync(path.join(tmpdir(), `pale-${agent}-`));
      const file = path.join(home, "project/note.txt");
      mkdirSync(path.join(home, "project"));
      const script: Turn[] = [
        { tool: "bash", command: "echo $((6 * 7)) from $PWD; echo wrong >&2; exit 3" },
        { tool: "write", path: file, content: "one\ntwo\n" },
        { tool: "read", path: file },
        { tool: "edit", path: file, before: "two\n", after: "three\n" },
        { text: "the script is over" },
      ];
      try {
        await using api = await startModelApi(script);
        const { code, output } = await runAgent(agent, api.url, home);
        assert.equal(code, 0, output);
        assert.match(output, /the script is over/u);
        assert.equal(readFileSync(file, "utf8"), "one\nthree\n");
        const [ran, , read, ...others] = api.toolResults();
        assert.match(ran?.text ?? "", new RegExp(`42 from ${home}/project`, "u"));
        assert.match(ran?.text ?? "", /wrong[^]*code 3|code 3[^]*wrong/u);
        assert.match(read?.text ?? "", /one\n.*two/u);
        assert.equal(others.length, 1);
      } finally {
        removeTree(home);
      }
    });
  }
});

describe("the agents without a model", () => {
  for (const agent of AGENTS) {
    it(`${agent} gives up soon`, async () => {
      const home = mkdtempSync(path.join(tmpdir(), `pale-${agent}-`));
      mkdirSync(path.join(home, "project"));
      const started = performance.now();
      try {
        const { code, output } = await runAgent(agent, "http://127.0.0.1:9", home);
        assert.equal(code, 1, output);
        assert.match(output, /refused|connection failed|connection error/iu);
        assert.ok(performance.now() - started < 100_000);
      } finally {
        removeTree(home);
      }
    });
  }
});

describe("a global installation", () => {
  it("has a command for each agent, which links into its package", () => {
    assert.equal(
      readlinkSync(path.join(PREFIX, "bin/codex")),
      "../lib/node_modules/@openai/codex/bin/codex.js",
    );
  });

  it("is real files, each package with its dependencies", () => {
    const root = path.join(PREFIX, "lib/node_modules/@mariozechner/pi-coding-agent");
    assert.ok(lstatSync(root).isDirectory());
    assert.ok(lstatSync(path.join(root, "node_modules/chalk/package.json")).isFile());
  });

  it("stays as it is when it is asked for again", () => {
    const root = path.join(PREFIX, "lib/node_modules/@openai/codex");
    const inode = lstatSync(root).ino;
    installAgents(PREFIX);
    assert.equal(lstatSync(root).ino, inode);
  });
});

describe("a native installation of Claude", () => {
  it("is a program with a version for a name, and a link to it", () => {
    const home = mkdtempSync(path.join(PREFIX, "home-"));
    try {
      const program = installNativeClaude(home);
      assert.match(
        path.relative(home, program),
        /^\.local\/share\/claude\/versions\/\d+\.\d+\.\d+$/u,
      );
      assert.equal(readlinkSync(path.join(home, ".local/bin/claude")), program);
      assert.ok(lstatSync(program).size > 1_000_000);
    } finally {
      removeTree(home);
    }
  });
});
