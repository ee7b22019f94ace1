import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PROMPT, QUIET } from "../helpers/agent-runs.ts";
import { installAgents } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import type { Turn } from "../helpers/model-script.ts";
import { requireTool } from "../helpers/requires.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";
import { makeBridge } from "../internet/model-bridge.ts";

/** Real agents with the profiles that they are shipped with, and the API by its own name. */

const QUOTED = `'${PROMPT}'`;

const COMMANDS = {
  claude: `claude -p ${QUOTED} --dangerously-skip-permissions`,
  pi: `pi -p --provider anthropic ${QUOTED}`,
};

describe("behind the filtered network", () => {
  const startInternet = useInternet();
  for (const agent of ["claude", "pi"] as const) {
    test(`${agent} works with its API, and what it starts reaches nothing else`, async (t) => {
      const internet = startInternet(t);
      if (!internet || !requireTool(t, "socat")) return;
      using world = makeWorld(internet);
      const script: Turn[] = [
        { tool: "bash", command: "curl -sS http://web.test/; curl -sS https://other.test/; true" },
        { tool: "write", path: join(world.project, "note.txt"), content: "written\n" },
        { text: "finished" },
      ];
      using model = new ModelProcess(script, mkdtempSync(join(world.root, "model-")));
      const bridge = await makeBridge(internet, model.url);
      const outcome = type(world, COMMANDS[agent]);
      bridge.kill();
      assert.equal(outcome.status, 0, outcome.stdout + outcome.stderr);
      assert.equal(readFileSync(join(world.project, "note.txt"), "utf8"), "written\n");
      const said = model.toolResults()[0]?.text ?? "";
      assert.match(said, /web\.test:80 is refused: this host is not on the list/u);
      assert.match(said, /403|Could not resolve host: other\.test/u);
      const allowed = world.decisions().filter(({ verdict }) => verdict === "allow");
      assert.ok(allowed.length > 0);
      assert.deepEqual([...new Set(allowed.map(({ host }) => host))], ["api.anthropic.com"]);
      assert.ok(world.refusals().includes("web.test:80 not-listed"));
    });
  }
});

function makeWorld(internet: Internet): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  installAgents(join(world.home, ".npm-global"));
  world.write(".pi/agent/settings.json", JSON.stringify({ retry: { enabled: false } }));
  const trust = `env.set = { NODE_EXTRA_CA_CERTS = "${world.project}/ca.pem" }\n`;
  world.write(".config/pale/config.toml", trust);
  assert.equal(world.pale(["shims"]).status, 0);
  return world;
}

function type(world: ConnectedWorld, line: string) {
  const shims = join(world.home, ".local/share/pale/shims");
  const PATH = `${shims}:${world.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin`;
  const env = { PATH, ANTHROPIC_API_KEY: "sk-scripted", ...QUIET };
  return world.outside(line, { env, input: "", timeout: 90_000 });
}
