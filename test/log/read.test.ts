import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { renderEntry } from "../../src/log/entry.ts";
import { parseEntry } from "../../src/log/read.ts";
import { decisionOf, denialOf, eventOf } from "./entries.ts";

const good = renderEntry(denialOf());

describe("parseEntry", () => {
  const foreign: [string, string][] = [
    ["nothing", ""],
    ["no JSON", "hello"],
    ["half a line", good.slice(0, 40)],
    ["the other half", good.slice(40)],
    ["two lines in one", good.slice(0, 40) + good],
    ["null", "null"],
    ["a number", "1"],
    ["a list", `[${good}]`],
    ["an object of others", '{"level":30,"msg":"hello"}'],
    ["no time", change({ time: undefined })],
    ["a time that is none", change({ time: "yesterday" })],
    ["a time that never was", change({ time: "2025-13-45T99:99:99.000Z" })],
    ["a time as a number", change({ time: 1_763_722_203_123 })],
    ["no sandbox", change({ sandbox: undefined })],
    ["a profile that is no text", change({ profile: ["claude"] })],
    ["a project that is no text", change({ project: { length: 3 } })],
    ["learn as text", change({ learn: "yes" })],
    ["an unknown door", change({ door: "window" })],
    ["an unknown verdict", change({ verdict: "maybe" })],
    ["an unknown reason", change({ reason: "bad-mood" })],
    ["a reason that every object has", change({ reason: "constructor" })],
    ["another one", change({ reason: "__proto__" })],
    ["a reason in a list", change({ reason: ["not-listed"] })],
    ["a port that is none", change({ port: 65_536 })],
    ["a negative port", change({ port: -1 })],
    ["half a port", change({ port: 4.5 })],
    ["a port as text", change({ port: "443" })],
    ["a rule that is no text", change({ rule: 1 })],
    ["an address that is no text", change({ address: null })],
    ["a host that is no text", change({ host: null })],
    ["an unknown event", `${event("started").slice(0, -3)}x"}`],
    ["an event without its count", event("suppressed")],
    ["a count that is none", `${event("suppressed").slice(0, -1)},"count":1e99}`],
    ["an event without its message", event("fault")],
  ];
  for (const [name, line] of foreign) {
    test(`skips ${name}`, () => assert.equal(parseEntry(line), undefined));
  }

  test("reads the line that all of these were made from", () => {
    assert.deepEqual(parseEntry(good), denialOf());
    assert.deepEqual(parseEntry(change({})), denialOf());
    assert.deepEqual(parseEntry(event("started")), eventOf({ event: "started" }));
  });

  test("leaves out what a later version may have added", () => {
    assert.deepEqual(parseEntry(change({ mood: "good" })), denialOf());
    assert.ok(!("polluted" in (parseEntry(change({ polluted: 1 })) ?? {})));
  });

  test("is total, and knows its own lines", () => {
    fc.assert(fc.property(fc.string(), (line) => assert.equal(parseEntry(line), undefined)));
    fc.assert(
      fc.property(fc.json(), (json) => {
        assert.equal(parseEntry(json), undefined);
      }),
    );
    const names = fc.constantFrom(...Object.keys(decisionOf()), "reason", "event", "count");
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, value) => {
        parseEntry(change({ [name]: value }));
      }),
    );
  });
});

/** The good line with some fields otherwise; `undefined` leaves one out. */
function change(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...denialOf(), ...changes });
}

function event(name: string): string {
  return JSON.stringify({ ...eventOf({ event: "started" }), event: name });
}
