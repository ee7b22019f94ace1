import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { AGENTS, planAgentRun } from "../helpers/agent-runs.ts";
import type { Agent } from "../helpers/agent-runs.ts";
import { installAgents, installNativeClaude } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import type { Turn } from "../helpers/model-script.ts";
import { requireSandbox, skip } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/world.ts";
import { World } from "../helpers/world.ts";

/** The main job: real agents, started through their shims, in their sandbox. */

const KEY = "PLANTED-SSH-KEY-7f3a";
const AWS = "planted-aws-key-7f3a";

describe("through its shim", () => {
  for (const agent of AGENTS) {
    test(`${agent} from npm starts and reports its version`, (t) => {
      using world = makeWorld(t);
      if (!world) return;
      const real = type(world, `${agent}-raw --version`);
      assert.match(real.stdout + real.stderr, /\d+\.\d+\.\d+/u);
      const confined = type(world, `${agent} --version`);
      assert.deepEqual(confined, real);
      assert.equal(type(world, `command -v ${agent}`).stdout, `${shims(world)}/${agent}\n`);
    });

    test(`${agent} works on the project and cannot get the user's secrets`, (t) => {
      using world = makeWorld(t);
      if (!world) return;
      const secrets = [KEY, AWS];
      const raw = playSpy(world, agent, `${agent}-raw`);
      for (const secret of secrets)
        assert.ok(raw.said.includes(secret), `${agent}-raw: ${raw.said}`);
      const confined = playSpy(world, agent, agent);
      for (const secret of secrets) assert.ok(!confined.said.includes(secret), confined.said);
      assert.match(confined.said, /No such file or directory/u);
      assert.match(confined.said, /aws=\[\]/u);
      assert.match(confined.said, /end of spying/u);
      const note = join(world.project, "note.txt");
      assert.equal(readFileSync(note, "utf8"), "one\nTWO\n");
      assert.equal(statSync(note).uid, process.getuid?.());
    });
  }

  test("claude's state persists from one sandbox to the next", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const state = join(world.home, ".claude");
    const readState = () => JSON.parse(readFileSync(join(state, ".claude.json"), "utf8"));
    playSpy(world, "claude", "claude");
    const first = readState();
    assert.ok(first.firstStartTime);
    playSpy(world, "claude", "claude");
    assert.equal(readState().firstStartTime, first.firstStartTime);
    const sessions = readdirSync(join(state, "projects"), { recursive: true });
    assert.equal(sessions.filter((name) => String(name).endsWith(".jsonl")).length, 2);
    const left = readdirSync(state).filter((name) => /\.lock$|\.tmp/u.test(name));
    assert.deepEqual(left, []);
  });

  test("claude from its own installer starts, too", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    installNativeClaude(world.home);
    const PATH = `${shims(world)}:${world.home}/.local/bin:/usr/bin:/bin`;
    const { stdout, stderr } = world.outside("claude --version", { env: { PATH } });
    assert.match(stdout, /\d+\.\d+\.\d+/u, stderr);
  });
});

type Context = Parameters<typeof requireSandbox>[0];

/** A home with the agents installed as npm does, the shims written, and secrets planted. */
function makeWorld(context: Context): World | undefined {
  if (!requireSandbox(context)) return undefined;
  const world = new World();
  try {
    installAgents(join(world.home, ".npm-global"));
  } catch (error) {
    return skip(context, String(error));
  }
  world.write(".ssh/id_ed25519", `${KEY}\n`, 0o600);
  assert.equal(world.pale(["shims"]).status, 0);
  return world;
}

function shims(world: World): string {
  return join(world.home, ".local/share/pale/shims");
}

/** A line typed into a shell whose PATH has the shims first. */
function type(world: World, line: string, env: Record<string, string> = {}): Outcome {
  const PATH = `${shims(world)}:${world.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin`;
  return world.outside(line, { env: { PATH, ...env }, input: "", timeout: 90_000 });
}

const SPY = [
  "cat ~/.ssh/id_ed25519",
  'echo "aws=[$AWS_SECRET_ACCESS_KEY]"',
  "cat /proc/1/environ /proc/$PPID/environ | tr '\\0' '\\n' | grep AWS",
  "echo end of spying",
].join("; ");

/** Have an agent try to read the secrets, then write and edit a file of the project. */
function playSpy(world: World, agent: Agent, command: string): { said: string } {
  const file = join(world.project, "note.txt");
  const script: Turn[] = [
    { tool: "bash", command: SPY },
    { tool: "write", path: file, content: "one\ntwo\n" },
    { tool: "edit", path: file, before: "two\n", after: "TWO\n" },
    { text: "finished" },
  ];
  using model = new ModelProcess(script, mkdtempSync(join(world.root, "model-")));
  const run = planAgentRun(agent, model.url);
  for (const [name, text] of Object.entries(run.files)) world.write(name, text);
  // The scripted model is on the host's loopback. Claude's is named by a variable, which its
  // profile knows; the others read a file of their own.
  const port = Number(new URL(model.url).port);
  const others = `[profile.codex]\nforwards = [{ host_port = ${port} }]\n[profile.pi]\n`;
  world.write(".config/pale/config.toml", `${others}forwards = [{ host_port = ${port} }]\n`);
  const [, ...args] = run.command;
  const line = [command, ...args.map((word) => `'${word}'`)].join(" ");
  const outcome = type(world, line, { ...run.environment, AWS_SECRET_ACCESS_KEY: AWS });
  assert.equal(outcome.status, 0, `${line}: ${outcome.stdout}${outcome.stderr}`);
  const said = model.toolResults().map(({ text }) => text);
  assert.ok(said.length >= 3, `the tools ran: ${said.join("\n")}`);
  return { said: said[0] ?? "" };
}
