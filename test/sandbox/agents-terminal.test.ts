import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { installAgents } from "../helpers/agents.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import { requireSandbox, requireTool, skip } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { World } from "../helpers/world.ts";

/** Claude as a person uses it: its own screen, with and without pale. */
describe("claude on a terminal", () => {
  for (const [command, filter] of [
    ["claude-raw", ""],
    ["claude", ""],
    ["claude", ", behind a filter,"],
  ] as const) {
    test(`${command}${filter} shows its screen, answers, stops at Ctrl-Z, comes back, and quits`, async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
      using world = new World();
      try {
        installAgents(join(world.home, ".npm-global"));
      } catch (error) {
        skip(t, String(error));
        return;
      }
      using model = new ModelProcess([{ text: "the scripted answer" }], world.root);
      const shims = join(world.home, ".local/share/pale/shims");
      assert.equal(world.pale(["shims"]).status, 0);
      if (filter) world.write(".config/pale/config.toml", "terminal_filter = true\n");
      world.write(".claude.json", knownUser(world.project), 0o600);
      const PATH = `${shims}:${world.home}/.npm-global/bin:/usr/bin:/bin`;
      const key = { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: KEY };
      const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
      using terminal = new Terminal(world.project, world.environment({ PATH, ...key, ...quiet }));

      terminal.line(command);
      await terminal.shows(/❯/u);
      await terminal.submit("hello", /❯\shello/u);
      await terminal.shows(/the scripted answer/u);
      terminal.key("C-z");
      await terminal.shows(/Stopped[^]*\n\$$/u);
      terminal.line("echo shell-is-$((40 + 2))");
      await terminal.shows(/^shell-is-42$/mu);
      terminal.line("clear; fg");
      await terminal.shows(/❯/u);
      await terminal.submit("again", /❯\sagain/u);
      await terminal.shows(/again[\s\S]*● [\s\S]*done \d/u);
      await terminal.submit("/exit", /❯\s\/exit/u);
      await terminal.shows(/Resume this session[\s\S]*\n\$$/u);
      terminal.line("echo left-$((40 + 3))");
      await terminal.shows(/^left-43$/mu);
      const copied = existsSync(join(world.home, ".claude/.claude.json"));
      assert.equal(copied, command === "claude", "only the sandboxed one uses a copy");
    });
  }
});

const KEY = "scripted-key";

/** What Claude asks a new user, answered: without it the first screen is the log-in. */
function knownUser(project: string): string {
  return JSON.stringify({
    hasCompletedOnboarding: true,
    theme: "dark",
    customApiKeyResponses: { approved: [KEY], rejected: [] },
    projects: { [project]: { hasTrustDialogAccepted: true } },
  });
}
