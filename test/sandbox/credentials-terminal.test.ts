import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installAgents } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { World } from "../helpers/world.ts";

const VALUE = "sk-ant-api03-Zq4Rk7Wm2Xb9Tn5Yc8Vd1Hf6Jg3Ls0Pa";

/** Claude asks once whether to use a key that it finds: so it must find the same one again. */
test("claude on a terminal takes its user's word for a placeholder once and for all", async (t) => {
  if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
  using world = new World();
  installAgents(join(world.home, ".npm-global"));
  assert.equal(world.pale(["shims"]).status, 0);
  world.write(
    ".config/pale/config.toml",
    `proxies = [{ host = "api.anthropic.com", inject = { header = "x-api-key", secret = "key", env = "ANTHROPIC_API_KEY" } }]\n`,
  );
  world.write(".config/pale/secrets.toml", `[key]\nvalue = "${VALUE}"\n`, 0o600);
  const known = { hasCompletedOnboarding: true, theme: "dark" };
  const projects = { [world.project]: { hasTrustDialogAccepted: true } };
  world.write(".claude.json", JSON.stringify({ ...known, projects }), 0o600);
  const PATH = `${join(world.home, ".local/share/pale/shims")}:${world.home}/.npm-global/bin:/usr/bin:/bin`;
  using model = new ModelProcess([], world.root);
  const quiet = {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    ANTHROPIC_BASE_URL: model.url,
  };
  using terminal = new Terminal(world.project, world.environment({ PATH, ...quiet }));

  terminal.line("claude");
  await terminal.shows(/API key[\s\S]*Yes/u);
  terminal.key("Up");
  terminal.key("Enter");
  await terminal.shows(/API Usage Billing[\s\S]*\n❯/u);
  await exit(terminal);
  terminal.line("clear; echo left-$((40 + 3))");
  await terminal.shows(/^left-43$/mu);
  terminal.line("claude");
  await terminal.shows(/API Usage Billing[\s\S]*\n❯/u);
  const state = readFileSync(join(world.home, ".claude/.claude.json"), "utf8");
  assert.match(state, /"approved":\s*\[\s*"[^"]+"\s*\]/u);
  assert.equal(state.includes(VALUE.slice(-20)), false);
  await exit(terminal);
});

async function exit(terminal: Terminal): Promise<void> {
  await terminal.submit("/exit", /❯\s\/exit/u);
  await terminal.shows(/\n\$ *$/u);
}
