import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { requireTool } from "../helpers/requires.ts";
import { attend } from "./attend.ts";
import { makeFolder, requireArchitecture, writeInit } from "./init.ts";
import { FILTERED, shell } from "./ways.ts";

/**
 * Outer alone: what its child leaves behind stands for a process outside of the sandbox, to which
 * the agent has sent a descriptor of its terminal, by a socket of the project.
 */
function prepare(context: TestContext) {
  const python = requireTool(context, "python3");
  const architecture = requireArchitecture(context);
  if (!python || !architecture) return undefined;
  const init = writeInit(makeFolder(context), architecture);
  return (script: string) =>
    attend(python, [init, "outer", "--terminal", "--", "/bin/sh", "-c", script]);
}

describe("who holds the sandbox's terminal when its last process has ended", () => {
  // Without inner the user's terminal is not taken: both turn a line feed into two characters.
  test("control: what was written before comes to the last byte", (context) => {
    const play = prepare(context);
    if (!play) return;
    assert.equal(
      play("echo first; echo last; exit 5"),
      "ended 5 True b'first\\r\\r\\nlast\\r\\r\\n'\n",
    );
  });

  for (const [what, holder] of [
    ["a flood", "yes"],
    ["drops", "while echo drop; do sleep 0.2; done"],
    ["nothing", "sleep 60"],
  ] as const) {
    test(`does not hold up the end with ${what}`, (context) => {
      const play = prepare(context);
      if (!play) return;
      const said = play(`(trap '' HUP; ${holder}) & sleep 1; exit 5`);
      assert.match(said, /^ended 5 True /u);
    });
  }
});

describe("a program that stops", () => {
  test("is stopped for the shell, however much another one writes", (context) => {
    const python = requireTool(context, "python3");
    const chain = FILTERED.prepare(context);
    if (!python || !chain) return;
    const quiet = chain.render(shell("kill -STOP $$"));
    assert.match(attend(python, quiet), /^stopped True /u, "control");
    const loud = chain.render(shell("yes & sleep 1; kill -STOP $$"));
    assert.match(attend(python, loud), /^stopped True /u);
  });
});
