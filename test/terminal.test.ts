import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { escapeUntrusted, quoteForShell, quoteOnOneLine } from "../src/terminal.ts";
import { anyOf } from "./helpers/arbitrary.ts";
import { requireTool } from "./helpers/requires.ts";

describe("escapeUntrusted", () => {
  const rows: [string, string, string][] = [
    ["leaves plain text alone", 'it\'s a "path" with ünïcödé 名前 😀 \\ and spaces', "same"],
    ["shows a newline", "a\nb", "a\\x0ab"],
    ["shows an escape sequence", "\u001B[31mred\u001B[0m", "\\x1b[31mred\\x1b[0m"],
    ["shows a retitling", "\u001B]0;owned\u0007", "\\x1b]0;owned\\x07"],
    ["shows delete and C1", "\u007F\u0085\u009B31m", "\\x7f\\x85\\x9b31m"],
    ["shows a carriage return, which overwrites", "good\rbad", "good\\x0dbad"],
    ["shows what turns text around", "a\u202Eb\u2066c", "a\\u202eb\\u2066c"],
    ["shows what cannot be seen", "a\u200Bb\u00ADc\uFEFF", "a\\u200bb\\xadc\\ufeff"],
    ["shows line separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
  ];
  for (const [name, text, escaped] of rows) {
    test(name, () => assert.equal(escapeUntrusted(text), escaped === "same" ? text : escaped));
  }

  test("leaves nothing to escape", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const escaped = escapeUntrusted(text);
        assert.equal(escapeUntrusted(escaped), escaped);
      }),
    );
  });
});

describe("quoteForShell", () => {
  const rows: [string, string][] = [
    ["/usr/bin/node", "/usr/bin/node"],
    ["--flag=a,b:c%d@e+f", "--flag=a,b:c%d@e+f"],
    ["", "''"],
    ["a b", "'a b'"],
    ["it's", String.raw`'it'\''s'`],
    ["$HOME `id` $(id) \\", "'$HOME `id` $(id) \\'"],
    ["~/x", "'~/x'"],
    ["名", "'名'"],
    ["a\n\tb", "'a\n\tb'"],
    ["a\rb", String.raw`$'a\x0db'`],
    ["it's\\\u001B", String.raw`$'it\'s\\\x1b'`],
    ["\u200B1", String.raw`$'\xe2\x80\x8b1'`],
  ];
  for (const [word, quoted] of rows) {
    test(`writes ${JSON.stringify(word)} as ${JSON.stringify(quoted)}`, () => {
      assert.equal(quoteForShell(word), quoted);
    });
  }

  test("is `$'...'` on one line where a line is one entry", () => {
    assert.equal(quoteOnOneLine("a\n\tb"), String.raw`$'a\x0a\x09b'`);
    assert.equal(quoteOnOneLine("a b"), "'a b'");
  });

  test("gives bash any word back that has no NUL in it", () => {
    fc.assert(
      fc.property(fc.array(anyText(), { minLength: 1, maxLength: 30 }), (words) => {
        assert.deepEqual(readBack("bash", words), words);
      }),
    );
  });

  for (const shell of ["sh", "zsh"]) {
    test(`gives ${shell} any word back with no control characters but newline and tab`, (context) => {
      if (!requireTool(context, shell)) return;
      const plain = anyText().filter(
        (word) => escapeUntrusted(removeLines(word)) === removeLines(word),
      );
      // The one word that zsh reads otherwise than POSIX says: `=ls` for the path of ls.
      const words = plain.filter((word) => shell === "sh" || !word.startsWith("="));
      fc.assert(
        fc.property(fc.array(words, { minLength: 1, maxLength: 30 }), (list) => {
          assert.ok(list.every((word) => !quoteForShell(word).startsWith("$")));
          assert.deepEqual(readBack(shell, list), list);
        }),
      );
    });
  }

  test("lets nothing through that acts on a terminal", () => {
    fc.assert(
      fc.property(anyText(), (word) => {
        const quoted = removeLines(quoteForShell(word));
        assert.equal(escapeUntrusted(quoted), quoted);
      }),
    );
  });
});

function removeLines(text: string): string {
  return text.replaceAll(/[\n\t]/gu, "");
}

/** Any code points but NUL, with more of what shells and terminals care about. */
function anyText(): fc.Arbitrary<string> {
  const special = anyOf("'\"\\$`!*?[]{}()<>|&;#~=-\n\t\r\u001B\u007F\u0085\u200B xA0");
  const unit = fc.oneof(special, fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
  return fc.string({ unit }).filter((text) => !text.includes("\0"));
}

function readBack(shell: string, words: readonly string[]): string[] {
  const script = `printf '%s\\0' ${words.map(quoteForShell).join(" ")}`;
  const result = spawnSync(shell, ["-c", script], {
    encoding: "utf8",
    env: { LC_ALL: "C.UTF-8", PATH: process.env["PATH"] },
  });
  assert.equal(result.stderr, "");
  return result.stdout.split("\0").slice(0, -1);
}
