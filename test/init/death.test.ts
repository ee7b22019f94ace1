import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { findByWord, listLine } from "./processes.ts";
import { Started, until } from "./started.ts";
import { SANDBOXED, shell } from "./ways.ts";

/** Any part of the chain may be killed at any time, and takes everything with it. */
describe("SIGKILL", () => {
  for (const [name, place, code] of [
    ["outer", 0, 137],
    ["bwrap's monitor", 1, 137],
    ["inner", 2, 137],
    ["the agent", 3, 137],
  ] as const) {
    test(`to ${name} leaves nothing behind, long before it would have ended`, async (context) => {
      const chain = SANDBOXED.prepare(context);
      if (!chain) return;
      const word = `word-${basename(chain.folder)}`;
      const script = `setsid sh -c 'trap "" HUP TERM; echo ready; sleep 60; :' $1 &`;
      using started = new Started(chain.render(shell(`${script} sleep 60; :`, word)));
      await started.says(1, "ready");
      const line = listLine(started.pid);
      assert.ok(line.length > 3, `all are there: ${line.join(" ")}`);
      process.kill(line[place] ?? 0, "SIGKILL");
      const start = Date.now();
      await until(
        () => "the end",
        () => findByWord(word).length === 0,
      );
      assert.ok(Date.now() - start < 15_000);
      assert.equal(await started.ends(), code);
    });
  }

  test("to outer at any moment of its start leaves nothing of the agent behind", async (context) => {
    const chain = SANDBOXED.prepare(context);
    if (!chain) return;
    for (let delay = 0; delay < 40; delay += 1) {
      const word = `word-${basename(chain.folder)}-${delay}`;
      using started = new Started(chain.render(shell("sleep 60", word)));
      await new Promise((resolve) => void setTimeout(resolve, delay / 2));
      started.signal(9);
      await until(
        () => `the end after ${delay / 2} ms`,
        () => findByWord(word).every(isBubblewrapAtItsStart),
      );
      for (const { pid } of findByWord(word)) killIfThere(pid);
    }
  });
});

/**
 * bubblewrap's child waits for its parent before it does anything else, and for ever when
 * that was killed in this very moment; no agent is ever started from there.
 */
function isBubblewrapAtItsStart({ command: [program = ""] }: { command: string[] }): boolean {
  return program.endsWith("/bwrap");
}

/** It may have come to its end by itself. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 9);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
