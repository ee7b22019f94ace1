import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readHostname } from "../../src/host/hostname.ts";
import { Folder } from "../helpers/folder.ts";

describe("readHostname", () => {
  const rows: [string, string | undefined][] = [
    ["analytical\n", "analytical"],
    ["a.b-c.example\n", "a.b-c.example"],
    ["(none)\n", undefined],
    ["\n", undefined],
    ["two names\n", undefined],
    ["a\n127.0.0.1 evil\n", undefined],
    ["-a\n", undefined],
    [`${"a".repeat(65)}\n`, undefined],
  ];
  for (const [text, expected] of rows) {
    test(`takes ${JSON.stringify(text.slice(0, 20))} for ${expected ?? "none"}`, () => {
      using folder = new Folder();
      assert.equal(readHostname(folder.write("hostname", text)), expected);
    });
  }

  test("is there on this machine", () => assert.ok(readHostname()));
});
