import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBucket } from "../../src/log/bucket.ts";

function count(times: number, ask: () => boolean): number {
  return Array.from({ length: times }, ask).filter(Boolean).length;
}

test("lets a burst through, and then so many a second", () => {
  let time = 1000;
  const ask = makeBucket({ burst: 5, perSecond: 20 }, () => time);
  assert.equal(count(100, ask), 5);
  time += 49;
  assert.equal(count(100, ask), 0);
  time += 1;
  assert.equal(count(100, ask), 1);
  time += 150;
  assert.equal(count(100, ask), 3);
});

test("saves no more than a burst", () => {
  let time = 0;
  const ask = makeBucket({ burst: 5, perSecond: 20 }, () => time);
  time += 3_600_000;
  assert.equal(count(100, ask), 5);
});

test("goes on when the clock is set back", () => {
  let time = 1_000_000;
  const ask = makeBucket({ burst: 2, perSecond: 20 }, () => time);
  assert.equal(count(100, ask), 2);
  time = 0;
  assert.equal(count(100, ask), 0);
  time += 50;
  assert.equal(count(100, ask), 1);
});
