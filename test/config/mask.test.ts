import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { textOf } from "../helpers/arbitrary.ts";
import { maskStrings } from "../../src/config/mask.ts";

describe("maskStrings", () => {
  const rows: [string, string, string][] = [
    ["leaves structure alone", "a = [1, true]\n[b.c]", "a = [1, true]\n[b.c]"],
    ["blanks a string, not its quotes", `a = "x]#y"`, `a = "____"`],
    ["blanks a literal string", `a = 'x"]'`, `a = '___'`],
    ["blanks a comment", `a = 1 # "x" [`, `a = 1        `],
    ["sees no comment in a string", `a = "# x" # y`, `a = "___"    `],
    ["sees no string in a comment", `# it's\na = 'b'`, `      \na = '_'`],
    ["knows escaped quotes", String.raw`a = "x\"]" # y`, `a = "____"    `],
    ["knows that literal strings have no escapes", String.raw`a = 'x\' # y`, `a = '__'    `],
    ["keeps the lines of long strings", `a = """x\n]"y\n""" # z`, `a = "___\n___\n__"    `],
    ["keeps the lines of long literal strings", `a = '''x\n]'''`, `a = '___\n___'`],
    ["lets a long string end in quotes", `a = """x"""" # y`, `a = "______"    `],
    ["lets a long literal string end in quotes", `a = '''x''''' # y`, `a = '_______'    `],
    ["keeps offsets after characters of two units", `a = "😀" # 😀\nb`, `a = "__"     \nb`],
    ["keeps a quoted key a word", `"a.b" = 1`, `"___" = 1`],
    ["keeps an empty string", `a = "" # y`, `a = ""    `],
  ];
  for (const [name, text, masked] of rows) {
    test(name, () => assert.equal(maskStrings(text), masked));
  }

  test("keeps every offset and every line of any text", () => {
    fc.assert(
      fc.property(textOf("'\"\\#\n[]{}=.,a😀é ", 60), (text) => {
        const masked = maskStrings(text);
        assert.equal(masked.length, text.length);
        assert.deepEqual(measureLines(masked), measureLines(text));
      }),
    );
  });

  test("takes a string of a megabyte", () => {
    const text = `a = """${"x".repeat(1_000_000)}"""\nb = 1`;
    assert.equal(maskStrings(text).slice(-6), "\nb = 1");
  });
});

function measureLines(text: string): number[] {
  return text.split("\n").map(({ length }) => length);
}
