import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createBodyReader, readFraming, type SoundFraming } from "../../src/proxy/http-body.ts";

const framings: [headers: [string, string][], expected: object][] = [
  [[], { kind: "none" }],
  [[["Content-Length", "5"]], { kind: "length", length: 5 }],
  [[["Content-Length", "0"]], { kind: "none" }],
  [[["Transfer-Encoding", "Chunked"]], { kind: "chunked" }],
  [
    [
      ["Content-Length", "5"],
      ["Content-Length", "5"],
    ],
    { kind: "malformed" },
  ],
  [[["Content-Length", "5, 5"]], { kind: "malformed" }],
  [[["Content-Length", "+5"]], { kind: "malformed" }],
  [[["Content-Length", "-1"]], { kind: "malformed" }],
  [[["Content-Length", "0x5"]], { kind: "malformed" }],
  [[["Content-Length", ""]], { kind: "malformed" }],
  [[["Content-Length", "9".repeat(16)]], { kind: "malformed" }],
  [
    [
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "5"],
    ],
    { kind: "malformed" },
  ],
  [[["Transfer-Encoding", "gzip, chunked"]], { kind: "malformed" }],
  [[["Transfer-Encoding", "chunked, identity"]], { kind: "malformed" }],
  [[["Transfer-Encoding", "xchunked"]], { kind: "malformed" }],
  [
    [
      ["Transfer-Encoding", "chunked"],
      ["transfer-encoding", "chunked"],
    ],
    { kind: "malformed" },
  ],
  [[["Transfer-Encoding", ""]], { kind: "malformed" }],
];

for (const [headers, expected] of framings) {
  const title = headers.map((header) => header.join(": ")).join("; ");
  test(`framing of ${title || "no header"}`, () => {
    const list = headers.map(([name, value]) => ({ name, value }));
    const head = { method: "POST", target: "/", version: "1.1", headers: list } as const;
    assert.deepEqual(readFraming(head), expected);
  });
}

test("HTTP/1.0 knows no chunks", () => {
  const headers = [{ name: "Transfer-Encoding", value: "chunked" }];
  const framing = readFraming({ method: "POST", target: "/", version: "1.0", headers });
  assert.deepEqual(framing, { kind: "malformed" });
});

const chunked: [what: string, input: string, output: string, state: string][] = [
  ["chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "done"],
  ["an empty body", "0\r\n\r\n", "0\r\n\r\n", "done"],
  [
    "sizes are written anew",
    "00A\r\n0123456789\r\n000\r\n\r\n",
    "a\r\n0123456789\r\n0\r\n\r\n",
    "done",
  ],
  ["extensions do not go on", "1;a=b\r\nx\r\n0;c\r\n\r\n", "1\r\nx\r\n0\r\n\r\n", "done"],
  ["trailers do not go on", "0\r\nHost: evil.test\r\n\r\n", "0\r\n\r\n", "done"],
  ["what follows is dropped", "0\r\n\r\nGET /evil", "0\r\n\r\n", "done"],
  ["an unfinished body", "5\r\nab", "5\r\nab", "more"],
  ["a bare line feed", "3\nabc\r\n0\r\n\r\n", "", "malformed"],
  ["a bare line feed in an extension", "3;a\n\r\nabc\r\n", "", "malformed"],
  ["a sign", "+3\r\nabc\r\n", "", "malformed"],
  ["a prefix", "0x3\r\nabc\r\n", "", "malformed"],
  ["a space before", " 3\r\nabc\r\n", "", "malformed"],
  ["no size", "\r\nabc\r\n", "", "malformed"],
  ["a size that overflows", "10000000000000003\r\nabc", "", "malformed"],
  ["a chunk that is longer", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc", "malformed"],
  ["a chunk without its end", "3\r\nabc0\r\n\r\n", "3\r\nabc", "malformed"],
  ["an endless size line", "3;".padEnd(600, "x"), "", "malformed"],
  ["a malformed trailer", "0\r\nno colon\r\n\r\n", "", "malformed"],
  ["endless trailers", `0\r\n${"a: b\r\n".repeat(4000)}`, "", "malformed"],
];

for (const [what, input, output, state] of chunked) {
  test(`chunked, ${what}`, () => {
    assert.deepEqual(feed({ kind: "chunked" }, [input]), { output, state });
  });
}

test("a body of known length ends at its last byte", () => {
  const framing: SoundFraming = { kind: "length", length: 5 };
  assert.deepEqual(feed(framing, ["abcdeGET /"]), { output: "abcde", state: "done" });
  assert.deepEqual(feed(framing, ["ab", "c"]), { output: "abc", state: "more" });
  assert.deepEqual(feed({ kind: "none" }, ["GET /"]), { output: "", state: "done" });
});

test("a body reads the same however it is cut", () => {
  const pieces = fc.constantFrom(
    "3\r\nabc\r\n",
    "0\r\n",
    "\r\n",
    "A",
    ";x",
    "5\r\nhello\r\n",
    "\n",
    "t: u\r\n",
    "é",
  );
  const inputs = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""));
  const framings = fc.constantFrom<SoundFraming>(
    { kind: "chunked" },
    { kind: "length", length: 7 },
  );
  fc.assert(
    fc.property(framings, inputs, (framing, input) => {
      const whole = feed(framing, [input]);
      assert.deepEqual(feed(framing, input.split("")), whole);
      for (let at = 0; at <= input.length; at += 1) {
        assert.deepEqual(
          feed(framing, [input.slice(0, at), input.slice(at)]),
          whole,
          `cut at ${at}`,
        );
      }
    }),
    { numRuns: 500 },
  );
});

test("a chunked body comes out whole, whatever is in it", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 })), (chunks) => {
      const written = chunks.map((chunk) => {
        return `${chunk.length.toString(16)}\r\n${Buffer.from(chunk).toString("latin1")}\r\n`;
      });
      const body = `${written.join("")}0\r\n\r\n`;
      assert.deepEqual(feed({ kind: "chunked" }, [body]), { output: body, state: "done" });
    }),
  );
});

function feed(framing: SoundFraming, inputs: string[]): { output: string; state: string } {
  const reader = createBodyReader(framing);
  const pieces = inputs.map((input) => reader.feed(Buffer.from(input, "latin1")));
  const output = Buffer.concat(pieces.flatMap((piece) => piece.output)).toString("latin1");
  return { output, state: reader.state() };
}
