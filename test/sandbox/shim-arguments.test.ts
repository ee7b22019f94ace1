import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planAgentRun } from "../helpers/agent-runs.ts";
import { installAgents } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import { requireSandbox, skip } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

test("claude may do what it wants inside by the shim's own argument, and outside it still asks", (context) => {
  using world = makeWorld(context);
  if (!world) return;
  assert.equal(mayWrite(world, "claude"), false, "control: nothing was added");
  add(world, "--", "--dangerously-skip-permissions");
  assert.equal(mayWrite(world, "claude"), true);
  assert.equal(mayWrite(world, "claude-raw"), false, "never without the sandbox");
  add(world);
  assert.equal(mayWrite(world, "claude"), false, "control: taken back");
});

function makeWorld(context: Parameters<typeof requireSandbox>[0]): World | undefined {
  if (!requireSandbox(context)) return undefined;
  const world = new World();
  try {
    installAgents(join(world.home, ".npm-global"));
  } catch (error) {
    return skip(context, String(error));
  }
  add(world);
  return world;
}

function add(world: World, ...words: string[]): void {
  assert.equal(world.pale(["shims", "add", "claude", ...words]).status, 0);
}

/** Has the real agent, with nothing on the command line that allows it, write a file by its shell. */
function mayWrite(world: World, command: string): boolean {
  const file = join(world.project, "made.txt");
  const script = [{ tool: "bash" as const, command: `echo made >${file}` }, { text: "finished" }];
  using model = new ModelProcess(script, mkdtempSync(join(world.root, "model-")));
  const { environment } = planAgentRun("claude", model.url);
  const shims = join(world.home, ".local/share/pale/shims");
  const PATH = `${shims}:${world.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin`;
  const { status, stdout, stderr } = world.outside(`${command} -p 'do what the script says'`, {
    env: { ...environment, PATH },
    input: "",
    timeout: 90_000,
  });
  assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
  const [said] = model.toolResults();
  const isMade = existsSync(file);
  if (!isMade) assert.match(said?.text ?? "", /permission|approval/iu);
  rmSync(file, { force: true });
  return isMade;
}
