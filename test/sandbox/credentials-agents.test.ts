import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { codexConfiguration, PROMPT, QUIET } from "../helpers/agent-runs.ts";
import { installAgents } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import type { Turn } from "../helpers/model-script.ts";
import { requireTool } from "../helpers/requires.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";
import { makeBridge } from "../internet/model-bridge.ts";
import { backwards, SEARCH } from "../internet/search-inside.ts";

/** Real agents, and an API that demands the real key: it gets it, and they do not. */

const QUOTED = `'${PROMPT}'`;

const ANTHROPIC = {
  value: "sk-ant-api03-Zq4Rk7Wm2Xb9Tn5Yc8Vd1Hf6Jg3Ls0Pa",
  variable: "ANTHROPIC_API_KEY",
  proxy: `{ host = "api.anthropic.com", inject = { header = "x-api-key", secret = "key", env = "ANTHROPIC_API_KEY" } }`,
};

const OPENAI = {
  value: "sk-proj-Zq4Rk7Wm2Xb9Tn5Yc8Vd1Hf6Jg3Ls0PaBe",
  variable: "OPENAI_API_KEY",
  proxy: `{ host = "api.openai.com", inject = { bearer = true, secret = "key", env = "OPENAI_API_KEY" } }`,
};

const AGENTS = {
  claude: { ...ANTHROPIC, command: `claude -p ${QUOTED} --dangerously-skip-permissions` },
  pi: { ...ANTHROPIC, command: `pi -p --provider anthropic ${QUOTED}` },
  codex: {
    ...OPENAI,
    command: `codex exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox ${QUOTED}`,
  },
} as const;

type Agent = keyof typeof AGENTS;

describe("an agent without its key", () => {
  const startInternet = useInternet();
  for (const agent of Object.keys(AGENTS) as Agent[]) {
    test(`works: ${agent}, which finds it nowhere`, async (t) => {
      const internet = startInternet(t);
      if (!internet || !requireTool(t, "socat")) return;
      using world = makeWorld(internet);
      const { value, proxy } = AGENTS[agent];
      world.write(".config/pale/config.toml", `proxies = [${proxy}]\n`);
      world.write(".config/pale/secrets.toml", `[key]\nvalue = "${value}"\n`, 0o600);
      const { said, shown } = await runAgent({ world, internet, agent });
      assert.match(said, /found: nowhere/u);
      assert.match(said, /'files': [1-9]\d+.*'environments': [1-9].*'memories': [1-9]/u);
      assert.deepEqual([...new Set(shown)], [value]);
    });
  }

  test("has a control: what is passed as it is, is found", async (t) => {
    const internet = startInternet(t);
    if (!internet || !requireTool(t, "socat")) return;
    using world = makeWorld(internet);
    const trust = `env.set = { NODE_EXTRA_CA_CERTS = "${world.project}/ca.pem" }\n`;
    world.write(".config/pale/config.toml", trust);
    const { said } = await runAgent(
      { world, internet, agent: "claude" },
      { ANTHROPIC_API_KEY: ANTHROPIC.value },
    );
    assert.match(said, /found: .*\/proc\/\d+\/environ/u);
    assert.match(said, /found: .*\/proc\/\d+\/mem/u);
  });
});

function makeWorld(internet: Internet): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  installAgents(join(world.home, ".npm-global"));
  world.write(".pi/agent/settings.json", JSON.stringify({ retry: { enabled: false } }));
  world.write(".codex/config.toml", codexConfiguration("https://api.openai.com"));
  world.write("work/project/search.py", SEARCH);
  assert.equal(world.pale(["shims"]).status, 0);
  return world;
}

type Run = { world: ConnectedWorld; internet: Internet; agent: Agent };

/** What the search inside has printed, and the keys that the API was shown. */
async function runAgent({ world, internet, agent }: Run, extra: Record<string, string> = {}) {
  const { value, command } = AGENTS[agent];
  const script: Turn[] = [
    { tool: "bash", command: `/usr/bin/python3 search.py ${backwards(value)} >said.txt 2>&1` },
    { text: "finished" },
  ];
  using model = new ModelProcess(script, mkdtempSync(join(world.root, "model-")), value);
  const bridge = await makeBridge(internet, model.url);
  const shims = join(world.home, ".local/share/pale/shims");
  const PATH = `${shims}:${world.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin`;
  const env = { PATH, SSL_CERT_FILE: internet.caFile, ...QUIET, ...extra };
  const outcome = world.outside(command, { env, input: "", timeout: 100_000 });
  bridge.kill();
  assert.equal(outcome.status, 0, outcome.stdout + outcome.stderr);
  const shown = model
    .requests()
    .filter(({ method }) => method === "POST")
    .map(
      ({ headers }) => headers["x-api-key"] ?? headers["authorization"]?.slice("Bearer ".length),
    );
  return { said: readFileSync(join(world.project, "said.txt"), "utf8"), shown };
}
