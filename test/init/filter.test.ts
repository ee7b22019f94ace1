import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { requireTool } from "../helpers/requires.ts";
import { streams } from "./filter-arbitrary.ts";
import { filterAll } from "./filter-model.ts";
import { findHarm } from "./filter-terminals.ts";
import { makeFolder, requireArchitecture, writeInit } from "./init.ts";

type Filter = (input: Uint8Array, size?: number) => Buffer;

function prepare(context: TestContext): Filter | undefined {
  const architecture = requireArchitecture(context);
  if (!architecture) return undefined;
  return start([writeInit(makeFolder(context), architecture)]);
}

function start([file = "", ...words]: string[]): Filter {
  return (input, size = 65_536) => {
    const args = [...words, "filter", String(size)];
    const { status, stdout, error } = spawnSync(file, args, { input, maxBuffer: 1 << 26 });
    if (error) throw error;
    assert.equal(status, 0);
    return stdout;
  };
}

const bytes = (text: string) => Buffer.from(text, "latin1");

/** What is written, and what is left of it. */
const ROWS: [title: string, written: string, left: string][] = [
  ["text, in any language", "ab \xC3\xA9 \xE2\x9D\xAF \xF0\x9F\x98\x80\r\n\t\x08\x0E\x0F", ""],
  [
    "colours and cursor",
    "\x1B[1;38;2;20;21;255mx\x1B[2J\x1B[?2026h\x1B[>1u\x1B[c\x1B[6n\x1B7\x1B(B",
    "",
  ],
  ["titles", "\x1B]0;a\x07\x1B]2;b\x1B\\\x1B[22;0t\x1B[23;0t\x1B[18t\x1B[14t", ""],
  ["a size of 21 rows", "\x1B[8;21;80t\x1B[3;20;21t", ""],
  [
    "links, directories, notifications",
    "\x1B]8;;u\x07l\x1B]8;;\x07\x1B]7;d\x07\x1B]9;6 files\x07\x1B]9;\xE2\x9C\x85 done\x07\x1B]9;\xE5\xA5\xBD\x07\x1B]9;4;1;50\x07\x1B]99;;n\x1B\\\x1B]777;notify;a;b\x07",
    "",
  ],
  [
    "questions for colours",
    "\x1B]10;?\x07\x1B]11;?\x1B\\\x1B]4;1;?\x07\x1B]104\x07\x1B]104\x1B\\",
    "",
  ],
  [
    "questions for settings",
    "\x1BP$qm\x1B\\\x1BP$q q\x1B\\\x1BP+q4d73;544e\x1B\\\x1B[?25$p\x1B[>q",
    "",
  ],
  [
    "images",
    "\x1BPq#0~-\x1B\\\x1BP0;1;0q~\x1B\\\x1B_Ga=T;QUJD\x1B\\\x1B]1337;File=name=YQ==;inline=1:QUJD\x07",
    "",
  ],
  ["synchronized updates", "\x1BP=1s\x1B\\x\x1BP=2s\x1B\\", ""],
  ["binary rubbish", "\xFF\xFE\xC3(\xA0\xE2(\xF5\x85", ""],
  ["the clipboard is set", "a\x1B]52;c;Zm9v\x07b", "ab"],
  ["the clipboard is asked for", "a\x1B]52;p;?\x1B\\b", "ab"],
  ["the clipboard, with controls of one byte", "a\x9D52;c;Zm9v\x9Cb", "ab"],
  ["the clipboard, with controls in UTF-8", "a\xC2\x9D52;c;Zm9v\xC2\x9Cb", "ab"],
  ["the clipboard, after half a character", "a\xE2\x9D52;c;Zm9v\x07b", "a\xE2b"],
  ["the clipboard, in an overlong character", "a\xE0\x82\x9D52;c;Zm9v\x07b", "a\xE0\x82b"],
  ["the clipboard, with zeros", "a\x1B]0052;c;Zm9v\x07b", "ab"],
  ["the clipboard, in a number that flows over", "a\x1B]4294967348;c;Zm9v\x07b", "ab"],
  ["the clipboard, with NUL and DEL in it", "a\x1B]5\x002;c;x\x07b\x1B\x7F]52;c;x\x07c", "abc"],
  ["the clipboard, with a sign", "a\x1B]+52;c;x\x07b\x1B] 52;c;x\x07c", "abc"],
  ["the clipboard, in a title that has no end", "\x1B]0;t\x1B]52;c;x\x07b", "\x1B]0;t\x1B\\b"],
  ["the clipboard, through tmux", "a\x1BPtmux;\x1B\x1B]52;c;x\x07\x1B\\b", "a\x1B\\b"],
  ["the clipboard, through screen", "a\x1BP\x1B]52;c;x\x07\x1B\\b", "a\x1B\\b"],
  [
    "the clipboard, in two parts through tmux",
    "\x1BPtmux;\x1B\x1B]5\x1B\\\x1BPtmux;2;c;x\x07\x1B\\",
    "\x1B]5\x1B\\",
  ],
  [
    "an escape that would begin what is written next",
    "\x1BP\x1B\x1B\\]52;c;x\x07",
    "\x1B\\]52;c;x\x07",
  ],
  [
    "the clipboard, after an end of one byte, which not every terminal knows",
    "a\x1B]5\x9C2;c;x\x07b\x1B]\x9C52;c;x\x07c\x1B]5\xC2\x9C2;c;x\x07d",
    "a2;c;x\x07b52;c;x\x07c2;c;x\x07d",
  ],
  [
    "programs of ConEmu, with characters that some skip",
    "a\x1B]9;\xC3\xA96;x\x07b\x1B]9;0\xFF7\xC3\xA9;x\x07c\x1B]9;\xC3\xA96 x\x07",
    "abc\x1B]9;\xC3\xA96 x\x07",
  ],
  [
    "a notification as long as agents write, without a character of ASCII",
    `a\x1B]9;${"\xE5\xA5\xBD".repeat(250)}\x07b`,
    `a\x1B]9;${"\xE5\xA5\xBD".repeat(250)}\x07b`,
  ],
  [
    "echoes and programs, after an end of one byte",
    "a\x1BP$qm\x9Cecho\x1B\\b\x1B]9;6\x9C;x\x07c",
    "aecho\x1B\\b;x\x07c",
  ],
  [
    "the clipboard of kitty and of iTerm2",
    "a\x1B]5522;x\x07\x1B]1337;Copy=:x\x07\x1B]1337;CopyToClipboard=x\x07b",
    "ab",
  ],
  ["a removed sequence that is cut off", "a\x1B]52;c;x\x18b\x1B]52;c;x\x1B[1mc", "ab\x1B[1mc"],
  ["title reports", "a\x1B[20tb\x1B[21tc\x1B[021;1td\x9B21te\x1B[1;21tf\x1B[2\x001tg", "abcdefg"],
  ["the screen, read or printed", "a\x1B[1;1;1;1;5;5*yb\x1B[ic\x1B[?5id\x1B[>0te", "abcde"],
  ["echoes of what is asked for", "a\x1BP$qecho hi\x1B\\b\x1BP+q4d\nls\x1B\\c\x1BGd", "abcd"],
  [
    "keys, macros and answers",
    "a\x1BP0;1|17/6c73\x1B\\b\x1BP1;0;1!z41\x1B\\c\x1BP1v41\x1B\\d",
    "abcd",
  ],
  [
    "remote control",
    "a\x1BP@kitty-cmd{}\x1B\\b\x1BP1000p%begin\x1B\\c\x1B]83;exec\x07d\x1B]9;7;cmd\x07e",
    "abcde",
  ],
  [
    "files",
    "a\x1B]1337;File=inline=0:x\x07b\x1B]1337;File=inline=1;inline=0:x\x07c\x1B]5113;x\x07d\x1B]46;f\x07e",
    "abcde",
  ],
  ["fonts, Emacs, properties", "a\x1B]50;?\x07b\x1B]51;Ef\x07c\x1B]3;P=x\x07d", "abcd"],
  ["another coding system", "a\x1B%@b\x1B%/Gc\x1B%Gd", "abc\x1B%Gd"],
  [
    "another coding system of rxvt and mintty, and then the clipboard in it",
    "a\x1B]701;C\x07b\xC4\x9D52;c;x\x07",
    "ab\xC4\x9D52;c;x\x07",
  ],
  [
    "files and programs of rxvt",
    "a\x1B]20;/f\x07b\x1B]55;/f\x07c\x1B]705;x\x07d\x1B]0705\x07e\x1B]704;x\x07",
    "abcde\x1B]704;x\x07",
  ],
  ["programs of mlterm", "a\x1B]5379;x\x07b\x1B]5380;x\x07c\x1B]5383;x\x07d", "abcd"],
  ["programs of Terminology", "a\x1B}pn/f\x00b\x1B\x01}c", "apn/f\x00bc"],
  ["what is undecided at the end", "a\x1B]5", "a"],
  ["an escape at the end", "a\x1B", "a"],
  ["a string without an end", "\x1B]0;t", "\x1B]0;t\x1B\\"],
  ["what is longer than may be held", `a\x1B[${"1;".repeat(600)}mb`, "ab"],
];

describe("the filter", () => {
  for (const [title, written, left] of ROWS) {
    test(`${left === "" ? "keeps" : "removes"} ${title}, read in parts of any size`, (context) => {
      const filter = prepare(context);
      if (!filter) return;
      const expected = bytes(left || written);
      for (let size = 1; size <= Math.min(written.length, 64); size += 1) {
        assert.deepEqual(filter(bytes(written), size), expected, `in parts of ${size}`);
      }
    });
  }

  test("passes what it keeps as soon as it can", (context) => {
    const filter = prepare(context);
    if (!filter) return;
    // The model drops the end, as the filter does: so what is left was not waiting for more.
    assert.deepEqual(
      filter(bytes("a\x1B[1mb\x1B]0;t\x07c\x1B7d")),
      bytes("a\x1B[1mb\x1B]0;t\x07c\x1B7d"),
    );
  });

  test("does what the model says", (context) => {
    const filter = prepare(context);
    if (!filter) return;
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 40 }), (input, size) => {
        assert.deepEqual(filter(input, size), filterAll(input));
      }),
      { numRuns: Number(process.env["FUZZ"] ?? 300) },
    );
  });

  test("keeps what is removed from every kind of terminal; without it they would see it", (context) => {
    const filter = prepare(context);
    if (!filter) return;
    let harmful = 0;
    fc.assert(
      fc.property(streams, (input) => {
        if (findHarm(input).length > 0) harmful += 1;
        assert.deepEqual(findHarm(filter(input)), []);
      }),
      { numRuns: Number(process.env["FUZZ"] ?? 300) },
    );
    assert.ok(harmful > 30, `only ${harmful} did harm`);
  });

  test("is the same for aarch64", (context) => {
    const qemu = requireTool(context, "qemu-aarch64-static");
    if (!qemu) return;
    const filter = start([qemu, writeInit(makeFolder(context), "aarch64")]);
    for (const [, written, left] of ROWS) {
      assert.deepEqual(filter(bytes(written)), bytes(left || written));
    }
  });
});
