import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeEntries } from "../../src/log/describe.ts";
import { type LogEvent, renderEntry } from "../../src/log/entry.ts";
import { parseEntry } from "../../src/log/read.ts";
import { BERLIN, eventOf } from "./entries.ts";

describe("a line of the log about a signature", () => {
  const key = { key: "SHA256:abc", comment: "ada@\u001B[2J" };
  const rows: [LogEvent, RegExp][] = [
    [
      { event: "signature", ...key, purpose: "log in as git at an unnamed server" },
      / {2}signature {2,}SHA256:abc ada@\\x1b\[2J, log in as git at an unnamed server /u,
    ],
    [
      { event: "signature-refused", key: "SHA256:abc", comment: "", purpose: "", reason: "why" },
      / {2}signature-refused {2,}SHA256:abc, why /u,
    ],
  ];
  for (const [event, expected] of rows) {
    test(`is read again, and shown: ${event.event}`, () => {
      const entry = parseEntry(renderEntry(eventOf(event)));
      assert.deepEqual(entry, eventOf(event));
      assert.match(describeEntries([eventOf(event)], BERLIN)[0] ?? "", expected);
    });
  }

  test("is none without what belongs to it", () => {
    const line = renderEntry(eventOf({ event: "signature", ...key, purpose: "x" }));
    assert.equal(parseEntry(line.replace('"purpose":"x"', '"purpose":7')), undefined);
    assert.notEqual(parseEntry(line), undefined, "control");
  });
});
