import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeEntries } from "../../src/log/describe.ts";
import { type LogEvent, renderEntry } from "../../src/log/entry.ts";
import { parseEntry } from "../../src/log/read.ts";
import { BERLIN, eventOf } from "./entries.ts";

describe("a line of the log about the clipboard", () => {
  const rows: [LogEvent, RegExp][] = [
    [
      { event: "clipboard", type: "image/png", bytes: 7 },
      / {2}clipboard {2,}image\/png: 7 bytes /u,
    ],
    [
      { event: "clipboard-refused", type: "x\u001B[2J", reason: "no" },
      / {2}clipboard-refused {2,}x\\x1b\[2J: no /u,
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
    const line = renderEntry(eventOf({ event: "clipboard", type: "image/png", bytes: 7 }));
    assert.equal(parseEntry(line.replace('"bytes":7', '"bytes":-7')), undefined);
    assert.notEqual(parseEntry(line), undefined, "control");
  });
});
