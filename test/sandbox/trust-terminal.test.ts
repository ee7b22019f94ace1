import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";

const FILE = 'env.set.FROM_FILE = "trusted"\n';

describe("pale trust on a terminal", () => {
  for (const [answer, trusted] of [
    ["y", true],
    ["n", false],
    ["", false],
  ] as const) {
    test(`shows the file and asks; "${answer}" ${trusted ? "is" : "is not"} a yes`, async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
      using world = new World();
      world.write("work/project/.pale.toml", FILE);
      using terminal = new Terminal(world.project, world.environment());
      terminal.line(`${PALE} trust; echo code=$((0 + $?))`);
      await terminal.shows(/FROM_FILE[\s\S]*\[y\/N\]/u);
      terminal.line(answer);
      await terminal.shows(/^code=\d/mu);
      const { stdout, status } = world.inside("echo $FROM_FILE");
      assert.equal(stdout, trusted ? "trusted\n" : "");
      assert.equal(status, trusted ? 0 : 125);
    });
  }

  test("shows a later change alone, and asks again", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
    using world = new World();
    world.write("work/project/.pale.toml", FILE);
    assert.equal(world.pale(["trust", "--yes"]).status, 0);
    world.write("work/project/.pale.toml", `${FILE}allow = ["added.example"]\n`);
    assert.equal(world.inside("true").status, 125);
    using terminal = new Terminal(world.project, world.environment());
    terminal.line(`${PALE} trust`);
    await terminal.shows(/^ +\+ allow = \["added\.example"\][\s\S]*\[y\/N\]/mu);
    terminal.line("y");
    await terminal.shows(/\n\$$/u);
    assert.equal(world.inside("true").status, 0);
  });
});
