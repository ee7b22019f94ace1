import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "../../src/supervise/publish-places.ts";

const LONG = 60_000;

test("there are so many places, and one that was given back can be taken again", async () => {
  const places = new Places({ places: 2, waiting: 0, waitMilliseconds: LONG });
  assert.deepEqual(await takeTimes(places, 3), [true, true, false]);
  places.free();
  assert.deepEqual(await takeTimes(places, 2), [true, false]);
});

test("who waits gets the next place, in the order in which they came", async () => {
  const places = new Places({ places: 1, waiting: 2, waitMilliseconds: 3000 });
  assert.equal(await places.take(), true);
  const order: string[] = [];
  const waiting = ["first", "second"].map(async (name) => {
    if (await places.take()) order.push(name);
  });
  assert.equal(await places.take(), false, "too many wait");
  places.free();
  await waiting[0];
  assert.deepEqual(order, ["first"]);
  places.free();
  await waiting[1];
  assert.deepEqual(order, ["first", "second"]);
  assert.equal(await places.take(), false, "a place that was handed on is not free");
});

test("who has waited in vain gets none, and takes none away", async () => {
  const places = new Places({ places: 1, waiting: 1, waitMilliseconds: 20 });
  assert.deepEqual(await takeTimes(places, 2), [true, false]);
  places.free();
  assert.deepEqual(await takeTimes(places, 2), [true, false]);
});

async function takeTimes(places: Places, count: number): Promise<boolean[]> {
  const taken: boolean[] = [];
  for (let i = 0; i < count; i += 1) taken.push(await places.take());
  return taken;
}
