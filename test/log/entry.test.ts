import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { type LogEntry, MOST_LINE_BYTES, renderEntry } from "../../src/log/entry.ts";
import { parseEntry } from "../../src/log/read.ts";
import { escapeUntrusted } from "../../src/terminal.ts";
import { decisionOf, denialOf, eventOf, TIME } from "./entries.ts";

const who = `"sandbox":"4711-k3f9","profile":"claude","project":"/home/ada/project"`;

const lines: [LogEntry, string][] = [
  [
    decisionOf({ rule: "*.example.com", address: "93.184.216.34" }),
    `{"time":"${TIME}",${who},"door":"proxy","host":"api.example.com","port":443,"verdict":"allow","rule":"*.example.com","address":"93.184.216.34"}`,
  ],
  [
    denialOf({ door: "dns", port: undefined, learn: true }),
    `{"time":"${TIME}",${who},"door":"dns","host":"evil.test","verdict":"deny","reason":"not-listed","learn":true}`,
  ],
  [eventOf({ event: "started" }), `{"time":"${TIME}",${who},"event":"started"}`],
  [eventOf({ event: "ended" }), `{"time":"${TIME}",${who},"event":"ended"}`],
  [
    eventOf({ event: "suppressed", count: 12 }),
    `{"time":"${TIME}",${who},"event":"suppressed","count":12}`,
  ],
  [
    eventOf({ event: "fault", message: "a\nb\u009B\u202E 名" }),
    `{"time":"${TIME}",${who},"event":"fault","message":"a\\nb\\u009b\\u202e 名"}`,
  ],
  [eventOf({ event: "reload" }), `{"time":"${TIME}",${who},"event":"reload"}`],
  [
    eventOf({ event: "reload", problem: "`x`: no" }),
    `{"time":"${TIME}",${who},"event":"reload","problem":"\`x\`: no"}`,
  ],
];

describe("renderEntry and parseEntry", () => {
  for (const [entry, line] of lines) {
    test(`are ${line.slice(line.indexOf("project") + 28)}`, () => {
      assert.equal(renderEntry(entry), `${line}\n`);
      assert.deepEqual(parseEntry(line), entry);
    });
  }

  test("give any text back that is not too long", () => {
    fc.assert(
      fc.property(anyEntry(16), (entry) => {
        assert.deepEqual(parseEntry(renderEntry(entry)), entry);
      }),
    );
  });

  test("make one short line of any text, which acts on no terminal and can be read", () => {
    fc.assert(
      fc.property(anyEntry(5000), (entry) => {
        const line = renderEntry(entry);
        assert.ok(Buffer.byteLength(line) < MOST_LINE_BYTES, String(Buffer.byteLength(line)));
        assert.equal(line.indexOf("\n"), line.length - 1);
        assert.equal(escapeUntrusted(line.trimEnd()), line.trimEnd());
        assert.ok(parseEntry(line));
      }),
    );
  });

  for (const character of ["a", "\u0000", "名", "\u202E", "😀", "\uD800", '"', "\u009B"]) {
    test(`cut what is too long, of ${JSON.stringify(character)}`, () => {
      const text = character.repeat(5000);
      const all = { sandbox: text, profile: text, project: text, rule: text, address: text };
      const entry = decisionOf({ ...all, host: text, reason: "server-name-mismatch" });
      const line = renderEntry(entry);
      assert.ok(Buffer.byteLength(line) < MOST_LINE_BYTES, String(Buffer.byteLength(line)));
      const read = parseEntry(line);
      assert.ok(read);
      for (const [name, value] of Object.entries(read)) {
        if (name in all) assert.match(String(value), /^(.+)\.\.\.$/su);
        if (name in all) assert.ok(text.startsWith(String(value).slice(0, -3)));
      }
    });
  }
});

function anyEntry(maxLength: number): fc.Arbitrary<LogEntry> {
  const text = fc.string({ unit: "binary", maxLength, size: "max" });
  return fc.oneof(
    fc
      .record({
        host: text,
        rule: text,
        address: text,
        sandbox: text,
        profile: text,
        project: text,
      })
      .map(decisionOf),
    fc.record({ message: text, project: text }).map(({ message, project }) => {
      return eventOf({ event: "fault", message }, { project });
    }),
    text.map((problem) => eventOf({ event: "reload", problem })),
  );
}
