import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { compareLines } from "../../src/commands/line-diff.ts";

const MARKS = { same: " ", removed: "-", added: "+" };

function diff(before: string, after: string): string[] {
  return compareLines(before, after).map(({ kind, text }) => MARKS[kind] + text);
}

describe("compareLines", () => {
  const rows: [before: string, after: string, expected: string[]][] = [
    ["", "", [" "]],
    ["a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
    ["a\nb", "a\nb\nb", [" a", " b", "+b"]],
    ["a\nb\nc\nd", "b\nd", ["-a", " b", "-c", " d"]],
    ["x\na\ny", "p\na\nq", ["-x", "+p", " a", "-y", "+q"]],
  ];
  for (const [before, after, expected] of rows) {
    test(`${JSON.stringify(before)} to ${JSON.stringify(after)}`, () => {
      assert.deepEqual(diff(before, after), expected);
    });
  }

  test("holds both texts, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = compareLines(before.join("\n"), after.join("\n"));
        const pick = (kind: string) =>
          lines.filter((line) => line.kind !== kind).map((line) => line.text);
        assert.equal(pick("added").join("\n"), before.join("\n"));
        assert.equal(pick("removed").join("\n"), after.join("\n"));
      }),
    );
  });

  test("gives up on long texts that differ throughout, and says so by showing all", () => {
    const text = (word: string) => Array.from({ length: 3000 }, (_, i) => word + i).join("\n");
    const lines = diff(`${text("a")}\nend`, `${text("b")}\nend`);
    assert.equal(lines.length, 6001);
    assert.equal(lines.at(-1), " end");
  });
});
