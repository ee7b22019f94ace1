import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";

/** What a user sees; in a locale without UTF-8, since one may be all that there is. */
async function show(world: World, command: string, columns: number): Promise<string[]> {
  const environment = { ...world.environment(), SHELL: "/bin/bash" };
  using terminal = new Terminal(world.project, environment);
  terminal.resize(columns, 90);
  const ended = join(world.home, "ended");
  terminal.line(`clear; LC_ALL=C ${PALE} ${command}; echo $? >${ended}`);
  for (;;) {
    try {
      if (readFileSync(ended, "utf8").endsWith("\n")) break;
    } catch {
      // It is not there yet.
    }
    await sleep(100);
  }
  await terminal.shows(/^\d+ (?:ok|refused), .*$/mu);
  return terminal
    .screen()
    .split("\n")
    .filter((line) => !line.startsWith("$"));
}

function requireAll(context: TestContext): boolean {
  return Boolean(requireSandbox(context) && requireTool(context, "tmux"));
}

describe("on the screen", () => {
  for (const columns of [80, 120]) {
    test(`pale doctor is a table at ${columns} columns`, async (context) => {
      if (!requireAll(context)) return;
      using world = new World();
      world.pale(["shims"]);
      const lines = await show(world, "doctor", columns);
      const place = /^\S+ +kernel +/u.exec(lines[0] ?? "")?.[0].length ?? 0;
      assert.ok(place > 10, lines.join("\n"));
      for (const line of lines.slice(0, -1)) {
        // A check, what goes on of its detail, or a remedy, which alone may be too long for a line.
        const isCheck = /^(?:ok {3}|warn |fail )\S/u.test(line) && line[place - 1] === " ";
        const isMore = line.search(/\S/u) === place;
        const isRemedy = line.search(/\S/u) === 5 || line.length <= columns / 2;
        assert.ok(isCheck || isMore || isRemedy, line);
        assert.match(line, /^[\x20-\x7E]*$/u);
      }
      assert.match(lines.at(-1) ?? "", /^\d+ ok, \d+ to look at, 0 to mend$/u);
      assert.ok(lines.length < 60, "fits on a screen");
    });

    test(`pale selftest is a table at ${columns} columns`, async (context) => {
      if (!requireAll(context)) return;
      using world = new World();
      const lines = await show(world, "selftest", columns);
      const place = lines[0]?.indexOf("ENOENT") ?? 0;
      for (const line of lines.slice(0, -1)) {
        const isCase = /^(?:ok {7}|skipped {2})\S/u.test(line) && line[place - 1] === " ";
        assert.ok(isCase || line.search(/\S/u) === place, line);
        assert.ok(line.length <= columns);
      }
      assert.match(lines.at(-1) ?? "", /^\d+ refused, 0 not refused, \d+ skipped$/u);
    });
  }

  test("verdicts have colours on a terminal, none with NO_COLOR or in a pipe", async (context) => {
    if (!requireAll(context)) return;
    using world = new World();
    world.pale(["shims"]);
    for (const [words, isColoured] of [
      ["", true],
      ["NO_COLOR=1", false],
    ] as const) {
      const command = `env ${words} ${PALE} doctor`;
      const { stdout } = world.spawn(["script", "-qec", command, "/dev/null"]);
      assert.match(stdout, /kernel/u);
      assert.equal(stdout.includes("\u001B["), isColoured, words);
    }
    assert.doesNotMatch(world.pale(["doctor"]).stdout, /\u001B/u);
  });
});
