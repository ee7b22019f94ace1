import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readClipboardArguments } from "../../src/commands/clipboard-arguments.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const TYPES = { kind: "types" };
const contentOf = (type: string | undefined, endsLine = false) => {
  return { kind: "content", type, endsLine };
};

describe("the words of a clipboard command", () => {
  for (const [line, expected] of [
    // Claude Code
    ["xclip -selection clipboard -o -t TARGETS", TYPES],
    ["xclip -selection clipboard -o -t image/png", contentOf("image/png")],
    ["wl-paste --list-types", TYPES],
    ["wl-paste --type image/png", contentOf("image/png", true)],
    ["wl-paste --no-newline", contentOf(undefined)],
    ["xclip -selection clipboard -o", contentOf("UTF8_STRING")],
    // pi
    ["xclip -selection clipboard -t TARGETS -o", TYPES],
    ["wl-paste --type image/png --no-newline", contentOf("image/png")],
    // people
    ["xclip -sel c -o", contentOf("UTF8_STRING")],
    ["xclip -sel clip -out -target image/png -silent", contentOf("image/png")],
    ["wl-paste", contentOf(undefined, true)],
    ["wl-paste -l", TYPES],
    ["wl-paste -n -t text", contentOf(undefined)],
    ["wl-paste --type=image/png", contentOf("image/png", true)],
  ] as const) {
    test(`are understood: ${line}`, () => {
      assert.deepEqual(readClipboardArguments(line.split(" ")), expected);
    });
  }

  for (const [line, expected] of [
    ["xclip -selection clipboard", /cannot be written/u],
    ["xclip -i -selection clipboard", /cannot be written/u],
    ["xclip -o", /only the clipboard itself/u],
    ["xclip -o -selection primary", /only the clipboard itself/u],
    ["wl-paste -p", /only the clipboard itself/u],
    ["xclip file", /`xclip` does not know `file`/u],
    ["wl-paste --watch cat", /`wl-paste` does not know `--watch`/u],
    ["xsel -o", /`xclip` or `wl-paste` is needed/u],
  ] as const) {
    test(`are refused: ${line}`, () => {
      const [error] = catchUserErrors(() => readClipboardArguments(line.split(" ")));
      assert.match(error?.message ?? "", expected);
    });
  }
});
