import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { findNameProblem, readOwnShims, writeOwnShims } from "../../src/shim/own-shims.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

describe("the list of added shims", () => {
  test("is what was written, by name", () => {
    using folder = new Folder();
    const file = folder.at("deep/shims.json");
    assert.deepEqual(readOwnShims(file), []);
    const npm = { name: "npm", profile: "npm", arguments: ["--two words", "\n"] };
    const cargo = { name: "cargo", profile: undefined, arguments: [] };
    writeOwnShims(file, [npm, cargo]);
    assert.deepEqual(readOwnShims(file), [cargo, npm]);
  });

  const wrong = [
    "",
    "[]",
    "null",
    '{"shims": {}}',
    '{"shims": [null]}',
    '{"shims": [{"name": "npm"}]}',
    '{"shims": [{"name": "npm", "arguments": [1]}]}',
    '{"shims": [{"name": "npm", "profile": 1, "arguments": []}]}',
    '{"shims": [{"name": "../npm", "arguments": []}]}',
  ];
  for (const text of wrong) {
    test(`is not guessed at: ${text}`, () => {
      using folder = new Folder();
      const file = folder.write("shims.json", text);
      const shown = catchUserErrors(() => readOwnShims(file));
      assert.deepEqual(shown, [
        {
          message: "the list of shims cannot be read",
          origin: file,
          hint: `mend it, or start anew: rm ${file}`,
        },
      ]);
      assert.equal(readFileSync(file, "utf8"), text);
    });
  }
});

describe("findNameProblem", () => {
  for (const name of ["npm", "cargo", "python3.12", "g++", "_x", "7z", "claude"]) {
    test(`lets \`${name}\` be`, () => assert.equal(findNameProblem(name), undefined));
  }

  const rows: [name: string, problem: RegExp][] = [
    ["", /not a command's name/u],
    [".", /not a command's name/u],
    [".lock", /not a command's name/u],
    ["-n", /not a command's name/u],
    ["a b", /not a command's name/u],
    ["a\nb", /not a command's name/u],
    ["npm\n", /not a command's name/u],
    ["[", /not a command's name/u],
    ["bin/npm", /is a path/u],
    ["/bin/npm", /is a path/u],
    ["cd", /word of the shell/u],
    ["if", /word of the shell/u],
    ["echo", /word of the shell/u],
    ["whence", /word of the shell/u],
    ["string", /word of the shell/u],
    ["npm-raw", /way out/u],
    ["pale", /what shims start/u],
  ];
  for (const [name, problem] of rows) {
    test(`refuses ${JSON.stringify(name)}`, () => {
      assert.match(findNameProblem(name) ?? "none", problem);
    });
  }
});
