import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { installAgents } from "../helpers/agents.ts";
import { copy, makeImage, startWayland, startX11 } from "../helpers/display.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import { requireSandbox, requireTools, skip } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";
import { until } from "../init/started.ts";

const PNG = makeImage(48);

/** Ctrl-V in an agent, with an image that was copied on the desktop. */
describe("an image is pasted", () => {
  for (const kind of ["X11", "Wayland"] as const) {
    test(`into claude on ${kind}, and reaches the model as it is`, async (t) => {
      const tools = ["tmux", "xclip", "Xvfb", "sway", "wl-copy"];
      if (!requireSandbox(t) || !requireTools(t, tools)) return;
      using world = new World();
      try {
        installAgents(join(world.home, ".npm-global"));
      } catch (error) {
        skip(t, String(error));
        return;
      }
      using model = new ModelProcess([{ text: "a fine image" }], world.root);
      const display = await (kind === "X11"
        ? startX11(t, world.root)
        : startWayland(t, runtimeOf(world)));
      const file = join(world.root, "image.png");
      writeFileSync(file, PNG);
      copy(display, "image/png", file);
      world.write(".claude/.claude.json", knownUser(world.project), 0o600);
      const PATH = `${world.home}/.npm-global/bin:/usr/bin:/bin`;
      const settings = {
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: KEY,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      };
      using terminal = new Terminal(
        world.project,
        world.environment({ PATH, ...settings, ...display }),
      );

      terminal.line(`${PALE} run -u clipboard claude`);
      await terminal.shows(/❯/u);
      terminal.key("C-v");
      await terminal.shows(/\[Image #1\]/u);
      await terminal.submit(" what is it?", /\[Image #1\] +what is it\?/u);
      await terminal.shows(/a fine image/u);
      const sent = (): string => JSON.stringify(model.requests().map(({ body }) => body));
      await until(
        () => "the image at the model",
        () => sent().includes(PNG.toString("base64")),
      );
      const log = world.pale(["log"]).stdout;
      assert.match(log, new RegExp(`clipboard .* image/png: ${PNG.length} bytes`, "u"));
      await terminal.submit("/exit", /❯\s\/exit/u);
      await terminal.shows(/Resume this session[\s\S]*\n\$$/u);

      terminal.line("clear");
      await terminal.shows(/^\$$/u);
      terminal.line(`${PALE} run claude`);
      await terminal.shows(/❯/u);
      terminal.key("C-v");
      await terminal.submit("and now?", /❯\sand now\?/u);
      await terminal.shows(/a fine image/u);
      assert.doesNotMatch(terminal.screen(), /\[Image/u, "without the facet");
      const last = JSON.stringify(model.requests().at(-1)?.body);
      assert.ok(last.includes("and now?") && !last.includes(PNG.toString("base64")));
    });
  }
});

const KEY = "scripted-key";

function runtimeOf(world: World): string {
  const runtime = join(world.root, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  return runtime;
}

/** What Claude asks a new user, answered: without it the first screen is the log-in. */
function knownUser(project: string): string {
  return JSON.stringify({
    hasCompletedOnboarding: true,
    theme: "dark",
    customApiKeyResponses: { approved: [KEY], rejected: [] },
    projects: { [project]: { hasTrustDialogAccepted: true } },
  });
}
