import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { Budget } from "../../src/proxy/budget.ts";

const MINUTE = 60_000;

function budgetAt(limits: { requests?: number; bytes?: number }) {
  const clock = { now: 1_000_000 };
  return { clock, budget: new Budget(limits, () => clock.now) };
}

describe("a budget", () => {
  test("of requests lets so many through within an hour", () => {
    const { clock, budget } = budgetAt({ requests: 2 });
    assert.equal(budget.admit().kind, "admitted");
    clock.now += 10 * MINUTE;
    assert.equal(budget.admit().kind, "admitted");
    clock.now += 10 * MINUTE;
    assert.deepEqual(budget.admit(), { kind: "over", retryAfter: 40 * 60 });
    clock.now += 40 * MINUTE;
    assert.equal(budget.admit().kind, "admitted");
    assert.equal(budget.admit().kind, "over");
  });

  test("of bytes is over with the byte too many, and refuses what comes after", () => {
    const { clock, budget } = budgetAt({ bytes: 10 });
    assert.equal(budget.admit().kind, "admitted");
    assert.equal(budget.spend(10), true);
    assert.equal(budget.admit().kind, "over");
    assert.equal(budget.spend(1), false);
    clock.now += 60 * MINUTE;
    assert.equal(budget.admit().kind, "admitted");
    assert.equal(budget.spend(10), true);
  });

  test("without limits is never over", () => {
    const { budget } = budgetAt({});
    for (let count = 0; count < 1000; count += 1) assert.equal(budget.admit().kind, "admitted");
    assert.equal(budget.spend(Number.MAX_SAFE_INTEGER), true);
  });
});
