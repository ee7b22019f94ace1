import assert from "node:assert/strict";
import { test } from "node:test";
import { plainJson } from "../../src/import/jsonc.ts";

test("comments and last commas are taken away, and nothing that only looks like them", () => {
  const rows: [text: string, value: unknown][] = [
    ['{"a": 1, // one\n "b": [2,],}', { a: 1, b: [2] }],
    [
      '/* "x" */ {"a": "// no", "b": "/* no */", "c": ",]"}',
      {
        a: "// no",
        b: "/* no */",
        c: ",]",
      },
    ],
    ['{"a": "\\"//", "b": [1, /* , */ ]}', { a: '"//', b: [1] }],
  ];
  for (const [text, value] of rows) {
    assert.deepEqual(JSON.parse(plainJson(text)), value);
    assert.equal(plainJson(text).length, text.length, "so that positions stay right");
  }
  assert.throws(() => JSON.parse(plainJson('{"a": 1,, "b": 2}')));
});
