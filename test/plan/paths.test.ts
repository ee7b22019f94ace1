import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { comparePaths, contains } from "../../src/plan/paths.ts";
import { anyOf } from "../helpers/arbitrary.ts";

describe("contains", () => {
  const rows: [string, string, boolean][] = [
    ["/a", "/a", true],
    ["/a", "/a/b", true],
    ["/a", "/a/b/c", true],
    ["/a/b", "/a/bc", false],
    ["/a/b", "/a", false],
    ["/a", "/b/a", false],
    ["/", "/", true],
    ["/", "/a", true],
    ["/a", "/", false],
  ];
  for (const [directory, path, expected] of rows) {
    test(`says that ${path} is ${expected ? "" : "not "}in ${directory}`, () => {
      assert.equal(contains(directory, path), expected);
    });
  }

  test("goes by whole components", () => {
    fc.assert(
      fc.property(anyPath(), anyPath(), (directory, path) => {
        const [outer, inner] = [split(directory), split(path)];
        const expected = outer.every((part, index) => part === inner[index]);
        assert.equal(contains(directory, path), expected);
      }),
    );
  });
});

describe("comparePaths", () => {
  test("puts parents first, then goes by the alphabet", () => {
    const sorted = ["/", "/a", "/a/b", "/a/b/c", "/a/c", "/a-b", "/a.b", "/ab", "/b"];
    assert.deepEqual(sorted.toReversed().sort(comparePaths), sorted);
  });

  test("is a total order", () => {
    fc.assert(
      fc.property(anyPath(), anyPath(), anyPath(), (a, b, c) => {
        assert.equal(Math.sign(comparePaths(a, b)) + Math.sign(comparePaths(b, a)), 0);
        assert.equal(comparePaths(a, b) === 0, a === b);
        if (comparePaths(a, b) <= 0 && comparePaths(b, c) <= 0) assert.ok(comparePaths(a, c) <= 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("puts every directory before all that it contains, and keeps those together", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyPath(), { maxLength: 20 }), (paths) => {
        const sorted = paths.sort(comparePaths);
        for (const [index, path] of sorted.entries()) {
          const inside = sorted.map((other) => contains(path, other));
          assert.equal(inside.indexOf(true), index);
          assert.equal(inside.lastIndexOf(true) - index + 1, inside.filter(Boolean).length);
        }
      }),
    );
  });
});

/** With few names, so that paths meet; `-` and `.` come before `/`, letters after it. */
function anyPath(): fc.Arbitrary<string> {
  const name = fc.string({ unit: anyOf("a-.b"), minLength: 1, maxLength: 2 });
  return fc.array(name, { maxLength: 4 }).map((names) => `/${names.join("/")}`);
}

function split(path: string): string[] {
  return path.split("/").filter(Boolean);
}
