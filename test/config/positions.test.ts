import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { findLine } from "../../src/config/positions.ts";
import type { KeyPath } from "../../src/config/positions.ts";
import { textOf } from "../helpers/arbitrary.ts";

const FILE = `# a comment with [brackets] and key = 1
network = "none"
uses = ["a",
  "b", "[c, d]", # "e",
  "f"]

env.pass = ["X"]
env.set = { A = "1", "B" = "]" }
mounts = [ { host = "/a" },
  {
    access = "rw",
  }, { host = "/c" },
]

[profile.claude] # [[not an array]]
network = "host"
mounts = []

[profile."quoted.name"]
seccomp = true

[[profile.pi.mounts]]
host = "/one"
[[profile.pi.mounts]]
host = "/two"
access = "ro"

[profile.deep.env]
pass = ["😀 # 😀", """
# not a comment
[not.a.table]
"""]
set.Z = "z"
`;

describe("findLine", () => {
  const rows: [KeyPath, number, string][] = [
    [["network"], 2, "a key"],
    [["uses"], 3, "a key with a value of several lines"],
    [["uses", 0], 3, "the first element"],
    [["uses", 1], 4, "a later element"],
    [["uses", 2], 4, "an element with brackets in it"],
    [["uses", 3], 5, "an element after a comment"],
    [["env"], 7, "a table that only dotted keys make"],
    [["env", "pass", 0], 7, "an element of a dotted key"],
    [["env", "set", "A"], 8, "a key of an inline table"],
    [["mounts", 0, "host"], 9, "a key of a table in a list"],
    [["mounts", 0, "access"], 9, "a key that its table lacks, though the next one has it"],
    [["mounts", 1], 10, "a table of several lines"],
    [["mounts", 1, "access"], 11, "a key inside of it"],
    [["mounts", 2, "host"], 12, "a table that begins where another ends"],
    [["mounts", 7], 9, "an element that is not there: the value"],
    [["profile", "claude"], 15, "a header with brackets in a comment"],
    [["profile", "claude", "network"], 16, "a key below it, not the one of the same name above"],
    [["profile", "claude", "nope"], 15, "a key that is not there: its table"],
    [["profile"], 15, "a table that only headers below it make"],
    [["profile", "quoted.name", "seccomp"], 20, "a quoted name"],
    [["profile", "pi", "mounts", 0, "host"], 23, "a table of an array of tables"],
    [["profile", "pi", "mounts", 1, "host"], 25, "the second one"],
    [["profile", "pi", "mounts", 1, "access"], 26, "a key of the second one"],
    [["profile", "deep"], 28, "a table that a deeper header makes"],
    [["profile", "deep", "env", "set", "Z"], 33, "a key after a long string full of structure"],
    [["nowhere"], 1, "nothing that is there: the first line"],
  ];
  for (const [path, line, what] of rows) {
    test(`finds ${what}: \`${path.join(".")}\` on line ${line}`, () => {
      assert.ok(parse(FILE), "control: the text is valid");
      assert.equal(findLine(FILE, path), line);
    });
  }

  test("counts lines that end in CR LF", () => {
    assert.equal(findLine("a = 1\r\n\r\n[b]\r\nc = 2\r\n", ["b", "c"]), 4);
  });

  test("counts lines after characters of two units", () => {
    assert.equal(findLine(`a = "${"😀".repeat(40)}"\nb = 1\nc = 2\n`, ["c"]), 3);
  });

  test("finds every key of any list of tables where it was written", () => {
    const text = textOf("ab\"'\\[]{},#\n= 😀", 12);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (values) => {
        const lines = values.map((value) => `{ host = ${JSON.stringify(value)} },`);
        const file = `first = 1\nmounts = [\n${lines.join("\n")}\n]\nlast = 1\n`;
        assert.equal((parse(file)["mounts"] as unknown[]).length, values.length);
        for (const index of values.keys()) {
          assert.equal(findLine(file, ["mounts", index, "host"]), index + 3);
        }
        assert.equal(findLine(file, ["last"]), values.length + 4);
      }),
    );
  });

  test("gives a line of the text for any path", () => {
    const part = fc.oneof(fc.constantFrom("profile", "pi", "mounts", "host", "env"), fc.nat(3));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (path) => {
        const line = findLine(FILE, path);
        assert.ok(line >= 1 && line <= FILE.split("\n").length);
      }),
    );
  });
});
