import assert from "node:assert/strict";
import test, { describe } from "node:test";
import * as fc from "fast-check";
import { matchesPath, splitPath } from "../../src/proxy/path-pattern.ts";

const matches = (pattern: string, path: string) => {
  const segments = splitPath(path);
  return segments !== undefined && matchesPath(pattern, segments);
};

describe("a pattern", () => {
  for (const [pattern, path] of [
    ["/v1/messages", "/v1/messages"],
    ["/", "/"],
    ["/repos/me/*", "/repos/me/app"],
    ["/repos/*/issues", "/repos/app/issues"],
    ["/a*c", "/abbc"],
    ["/a*b*c", "/a-b-c"],
    ["/a*b*c", "/abc"],
    ["/**", "/"],
    ["/**", "/a/b/c"],
    ["/a/**", "/a/b/c"],
    ["/a/**/z", "/a/z"],
    ["/a/**/z", "/a/b/c/z"],
    ["/**/a/**/b", "/x/a/y/b"],
    ["/with space", "/with%20space"],
    ["/ümlaut", "/%C3%BCmlaut"],
  ] as const) {
    test(`${pattern} is met by ${path}`, () => assert.ok(matches(pattern, path)));
  }

  for (const [pattern, path] of [
    ["/v1/messages", "/v1/messages/"],
    ["/v1/messages", "/v1/Messages"],
    ["/v1/messages", "/v1"],
    ["/repos/me/*", "/repos/me"],
    ["/repos/me/*", "/repos/me/app/issues"],
    ["/a*b*c", "/ac"],
    ["/a*a", "/a"],
    ["/ab*bc", "/abc"],
    ["/a/**", "/b/a"],
    ["/a/**/z", "/a/b/c"],
    ["/a**", "/a/b"],
    ["/.*", "/x"],
  ] as const) {
    test(`${pattern} is not met by ${path}`, () => assert.ok(!matches(pattern, path)));
  }

  test("of many stars is judged at once", () => {
    const pattern = `/${"*a".repeat(30)}b`;
    const started = performance.now();
    assert.ok(!matches(pattern, `/${"a".repeat(5000)}`));
    assert.ok(!matches(`${"/**/a".repeat(30)}/b`, "/a".repeat(500)));
    assert.ok(performance.now() - started < 2000);
  });

  test("says the same as a regular expression made of it", () => {
    const letters = fc.constantFrom("a", "b", "*", "/", "**");
    const plain = fc.constantFrom("a", "b", "/");
    fc.assert(
      fc.property(fc.array(letters), fc.array(plain), (pattern, path) => {
        const [wanted, asked] = [`/${pattern.join("")}`, `/${path.join("")}`];
        const segments = asked.split("/").slice(1);
        assert.equal(matchesPath(wanted, segments), toExpression(wanted).test(asked));
      }),
      { numRuns: 3000 },
    );
  });
});

/** The slow way: each whole segment `**` may be nothing, together with its slash. */
function toExpression(pattern: string): RegExp {
  const parts = pattern.split("/").slice(1);
  const words = parts.map((part) =>
    part === "**" ? "(?:/[^/]*)*" : `/${part.replaceAll(/\*+/gu, "[^/]*")}`,
  );
  return new RegExp(`^${words.join("")}$`, "u");
}

describe("a path that servers read in more than one way has no segments", () => {
  for (const path of [
    "/a/../b",
    "/a/./b",
    "/a/..",
    "/a/%2e%2e/b",
    "/a/.%2E/b",
    "/a/..;x/b",
    "//a",
    "/a//b",
    "/a%2fb",
    "/a%5Cb",
    "/a\\b",
    "/a%252e%252e/b",
    "/a%00",
    "/a%0d",
    "/%ff",
    "/%",
    "/ä",
    "/a b",
    "a",
    "",
    "*",
  ]) {
    test(JSON.stringify(path), () => assert.equal(splitPath(path), undefined));
  }

  test("but dots in names, and a slash at the end, are plain", () => {
    assert.deepEqual(splitPath("/..a/b.../.git/"), ["..a", "b...", ".git", ""]);
  });
});
