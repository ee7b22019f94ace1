import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Ask, Confirmation } from "../../src/ssh-agent/confirm.ts";

/** Answers come from `answers`, one after the other; the clock stands until it is set. */
function makeConfirmation(answers: Awaited<ReturnType<Ask>>[]) {
  const clock = { now: 0 };
  const questions: string[] = [];
  const ask: Ask = (question) => {
    questions.push(question);
    return Promise.resolve(answers.shift() ?? "yes");
  };
  const confirmation = new Confirmation(ask, () => clock.now);
  return { confirmation, clock, questions };
}

describe("asking the user", () => {
  test("gives what they answer", async () => {
    const { confirmation } = makeConfirmation(["yes", "no", "silence"]);
    const found = [];
    for (let index = 0; index < 3; index += 1) found.push(await confirmation.confirm("?"));
    assert.deepEqual(found, ["yes", "no", "silence"]);
  });

  test("stops for a minute after three refusals within one", async () => {
    const { confirmation, clock, questions } = makeConfirmation(["no", "silence", "no"]);
    for (let index = 0; index < 3; index += 1) await confirmation.confirm("?");
    clock.now = 59_999;
    assert.equal(await confirmation.confirm("?"), "refused-too-often");
    assert.equal(questions.length, 3);
    clock.now = 60_000;
    assert.equal(await confirmation.confirm("?"), "yes");
  });

  test("goes on when the three were not within a minute", async () => {
    const { confirmation, clock } = makeConfirmation(["no", "no", "no", "yes"]);
    for (const now of [0, 30_000, 61_000]) {
      clock.now = now;
      await confirmation.confirm("?");
    }
    assert.equal(await confirmation.confirm("?"), "yes");
  });

  test("puts one question at a time, and keeps few waiting", async () => {
    const asked: ((answer: "yes") => void)[] = [];
    const confirmation = new Confirmation(() => new Promise((resolve) => asked.push(resolve)));
    const all = Array.from({ length: 9 }, () => confirmation.confirm("?"));
    assert.equal(await all[8], "too-many-questions");
    for (let index = 0; index < 8; index += 1) {
      while (asked.length === index) await Promise.resolve();
      assert.equal(asked.length, index + 1);
      asked[index]?.("yes");
      assert.equal(await all[index], "yes");
    }
  });
});
