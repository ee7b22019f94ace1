import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { planAgentRun } from "../helpers/agent-runs.ts";
import { installAgents } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import { requireSandbox, skip } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/**
 * Agents have sandboxes of their own for what their models run. Those cannot be made inside of
 * pale's: its profiles switch them off. Real agents, whose model is a script.
 */

type Context = Parameters<typeof requireSandbox>[0];

type Case = { agent: "claude" | "codex"; files?: Record<string, string>; line: string };

/** What the agent's tool said that ran a command; `undefined` where there are no agents. */
function playTool(context: Context, { agent, files = {}, line }: Case): string | undefined {
  if (!requireSandbox(context)) return undefined;
  using world = new World();
  try {
    installAgents(join(world.home, ".npm-global"));
  } catch (error) {
    return skip(context, String(error));
  }
  const shims = join(world.home, ".local/share/pale/shims");
  assert.equal(world.pale(["shims"]).status, 0);
  const script = [{ tool: "bash", command: "echo it-$((40 + 2))-ran" } as const, { text: "done" }];
  using model = new ModelProcess(script, mkdtempSync(join(world.root, "model-")));
  const run = planAgentRun(agent, model.url);
  for (const [name, text] of Object.entries({ ...run.files, ...files })) world.write(name, text);
  const port = Number(new URL(model.url).port);
  world.write(
    ".config/pale/config.toml",
    `[profile.codex]\nforwards = [{ host_port = ${port} }]\n`,
  );
  const PATH = `${shims}:${world.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin`;
  const env = { PATH, ...run.environment };
  const { stdout, stderr, status } = world.outside(line, { env, input: "", timeout: 90_000 });
  assert.equal(status, 0, `${stdout}${stderr}`);
  const [result] = model.toolResults();
  assert.ok(result, `no tool ran: ${stdout}${stderr}`);
  return result.text;
}

/** What bubblewrap says where no namespace can be made. */
const NO_NAMESPACE = /No permissions to create new namespace/u;

const EXEC = "codex exec --skip-git-repo-check";

describe("codex's own sandbox", () => {
  for (const [what, line] of [
    ["a first prompt", `${EXEC} hello`],
    ["a session taken up again", `${EXEC} hello >/dev/null; ${EXEC} resume --last hello`],
  ] as const) {
    test(`is off inside, so that its commands run: ${what}`, (t) => {
      const said = playTool(t, { agent: "codex", line });
      if (said !== undefined) assert.match(said, /it-42-ran/u);
    });
  }

  test("is on where the caller asks for it, and cannot be made", (t) => {
    const said = playTool(t, { agent: "codex", line: `${EXEC} --sandbox read-only hello` });
    if (said === undefined) return;
    assert.match(said, NO_NAMESPACE);
    assert.doesNotMatch(said, /it-42-ran/u);
  });
});

describe("claude's own sandbox", () => {
  const line = "claude -p hello --dangerously-skip-permissions";
  const on = '{ "sandbox": { "enabled": true } }';
  const places = {
    "the user's settings": ".claude/settings.json",
    "the project's settings": "work/project/.claude/settings.json",
    "the project's local settings": "work/project/.claude/settings.local.json",
  };
  for (const [what, file] of Object.entries(places)) {
    test(`is off inside, although ${what} switch it on`, (t) => {
      const said = playTool(t, { agent: "claude", files: { [file]: on }, line });
      if (said !== undefined) assert.equal(said.trim(), "it-42-ran");
    });
  }

  test("is on where the caller's own `--settings` count instead, and cannot be made", (t) => {
    const files = { ".claude/settings.json": on };
    const own = `${line} --settings '{"env":{"X":"1"}}'`;
    const said = playTool(t, { agent: "claude", files, line: own });
    if (said !== undefined) assert.match(said, NO_NAMESPACE);
  });
});

test("other commands of the agents take the words of their profiles", (t) => {
  if (!requireSandbox(t)) return;
  using world = new World();
  try {
    installAgents(join(world.home, ".npm-global"));
  } catch (error) {
    skip(t, String(error));
    return;
  }
  assert.equal(world.pale(["shims"]).status, 0);
  const shims = join(world.home, ".local/share/pale/shims");
  const env = { PATH: `${shims}:${world.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin` };
  const commands = ["mcp list", "login status", "resume --help", "--help"];
  const rows = [
    ...[...commands, "completion bash"].map((words) => ["codex", words]),
    ...["--help", "mcp list", "mcp add --help"].map((words) => ["claude", words]),
  ];
  for (const [agent, words] of rows) {
    const raw = world.outside(`${agent}-raw ${words}`, { env, input: "" });
    const confined = world.outside(`${agent} ${words}`, { env, input: "" });
    const said = `${agent} ${words}: ${confined.stderr}`;
    assert.equal(confined.status, raw.status, said);
    assert.doesNotMatch(confined.stderr, /unexpected argument|unknown option/u, said);
  }
});
