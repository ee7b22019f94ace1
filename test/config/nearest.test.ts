import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { findNearest } from "../../src/config/nearest.ts";

const KEYS = ["uses", "mounts", "path_add", "env", "network", "seccomp", "command", "profile"];

describe("findNearest", () => {
  const rows: [string, string | undefined, string][] = [
    ["mount", "mounts", "a letter is missing"],
    ["mounntss", "mounts", "letters are too many"],
    ["mouts", "mounts", "a letter is missing inside"],
    ["netwrok", "network", "neighbours are swapped"],
    ["evn", "env", "a swap counts once, so that three letters can be mended"],
    ["path-add", "path_add", "another separator"],
    ["NETWORK", undefined, "nothing is near when every letter differs"],
    ["x", undefined, "a word of one letter is near to no longer one"],
    ["", undefined, "an empty word is near to nothing"],
    ["filesystem", undefined, "another word altogether"],
    ["env", "env", "the word itself"],
  ];
  for (const [word, nearest, why] of rows) {
    test(`of \`${word}\` is ${nearest ?? "nothing"}: ${why}`, () => {
      assert.equal(findNearest(word, KEYS), nearest);
    });
  }

  test("takes the first of several that are as near", () => {
    assert.equal(findNearest("cat", ["bat", "hat"]), "bat");
  });

  test("finds nothing among no candidates", () => assert.equal(findNearest("word", []), undefined));

  test("finds a candidate again with one letter gone, doubled or replaced", () => {
    const edit = fc.record({
      key: fc.constantFrom(...KEYS.filter((key) => key.length > 4)),
      at: fc.nat({ max: 4 }),
      how: fc.constantFrom("drop", "double", "replace"),
    });
    fc.assert(
      fc.property(edit, ({ key, at, how }) => {
        const middle = new Map([
          ["drop", ""],
          ["double", key[at]!.repeat(2)],
          ["replace", "#"],
        ]).get(how);
        assert.equal(findNearest(`${key.slice(0, at)}${middle}${key.slice(at + 1)}`, KEYS), key);
      }),
    );
  });
});
