import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { HEAD_LIMITS, type ParsedHead, parseRequestHead } from "../../src/proxy/http-head.ts";

test("a head is its request line and its headers, in order", () => {
  const text = "POST /a?b HTTP/1.1\r\nHost: good.test\r\nX-Empty:\r\nx-two:  b \t\r\n\r\n";
  assert.deepEqual(parse(`${text}body`), {
    kind: "head",
    length: text.length,
    head: {
      method: "POST",
      target: "/a?b",
      version: "1.1",
      headers: [
        { name: "Host", value: "good.test" },
        { name: "X-Empty", value: "" },
        { name: "x-two", value: "b" },
      ],
    },
  });
});

test("a head may have no headers, be of version 1.0, and carry bytes beyond ASCII", () => {
  assert.equal(parse("GET / HTTP/1.0\r\n\r\n")?.kind, "head");
  assert.equal(parse("GET /\u00FC HTTP/1.1\r\nX: \u00FC\r\n\r\n")?.kind, "head");
});

const host = "Host: good.test\r\n";

const malformed: [what: string, text: string][] = [
  ["a bare line feed after the request line", `GET / HTTP/1.1\n${host}\r\n`],
  ["a bare line feed inside a header", `GET / HTTP/1.1\r\n${host}X: a\nY: b\r\n\r\n`],
  ["a bare carriage return inside a header", `GET / HTTP/1.1\r\n${host}X: a\rY: b\r\n\r\n`],
  ["a folded header", `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`],
  ["a header that begins with a space", `GET / HTTP/1.1\r\n Host: evil.test\r\n${host}\r\n`],
  ["a space before the colon", `GET / HTTP/1.1\r\nHost : good.test\r\n\r\n`],
  ["a header without a colon", `GET / HTTP/1.1\r\n${host}nonsense\r\n\r\n`],
  ["a header without a name", `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`],
  ["a NUL in a value", `GET / HTTP/1.1\r\n${host}X: a\u0000b\r\n\r\n`],
  ["a control character in a value", `GET / HTTP/1.1\r\n${host}X: \u0001\r\n\r\n`],
  ["a DEL in a value", `GET / HTTP/1.1\r\n${host}X: \u007F\r\n\r\n`],
  ["a control character in a name", `GET / HTTP/1.1\r\n${host}X\u0001: a\r\n\r\n`],
  ["a name beyond ASCII", `GET / HTTP/1.1\r\n${host}\u00FC: a\r\n\r\n`],
  ["two spaces in the request line", `GET  / HTTP/1.1\r\n${host}\r\n`],
  ["a tab in the request line", `GET\t/ HTTP/1.1\r\n${host}\r\n`],
  ["a space in the target", `GET /a b HTTP/1.1\r\n${host}\r\n`],
  ["a control character in the target", `GET /\u0001 HTTP/1.1\r\n${host}\r\n`],
  ["no target", `GET HTTP/1.1\r\n${host}\r\n`],
  ["no version", `GET /\r\n${host}\r\n`],
  ["version 2.0", `GET / HTTP/2.0\r\n${host}\r\n`],
  ["version 1.2", `GET / HTTP/1.2\r\n${host}\r\n`],
  ["a version in lower case", `GET / http/1.1\r\n${host}\r\n`],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["an empty line first", `\r\nGET / HTTP/1.1\r\n${host}\r\n`],
  ["a method of 33 letters", `${"A".repeat(33)} / HTTP/1.1\r\n${host}\r\n`],
  ["TLS", "\u0016\u0003\u0001"],
  ["a bracket in the method", "[ / HTTP/1.1\r\n\r\n"],
];

for (const [what, text] of malformed) {
  test(`${what}: malformed`, () => {
    assert.equal(parse(text)?.kind, "malformed");
    checkBeginnings(Buffer.from(text, "latin1"));
  });
}

test("a method of 32 letters is one", () => {
  assert.equal(parse(`${"A".repeat(32)} / HTTP/1.1\r\n\r\n`)?.kind, "head");
});

test("what cannot become a request is told at once", () => {
  for (const text of ["\u0016", "SSH-2.0-OpenSSH_9\r\n", "\n", " GET", "é"]) {
    assert.equal(parse(text)?.kind, "malformed", JSON.stringify(text));
  }
  for (const text of ["", "G", "GET ", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r"]) {
    assert.equal(parse(text), undefined, JSON.stringify(text));
  }
});

test("a head has a largest size, to the byte", () => {
  const [before, after] = ["GET / HTTP/1.1\r\nX: ", "\r\n\r\n"];
  const room = HEAD_LIMITS.bytes - before.length - after.length;
  const largest = `${before}${"x".repeat(room)}${after}`;
  assert.equal(parse(largest)?.kind, "head");
  assert.equal(parse(largest.slice(0, -1)), undefined);
  assert.equal(parse(`${before}${"x".repeat(room + 1)}${after}`)?.kind, "too-large");
  assert.equal(parse(`GET / HTTP/1.1\r\nX: ${"x".repeat(HEAD_LIMITS.bytes)}`)?.kind, "too-large");
});

test("a head has a largest number of headers", () => {
  const most = "X: y\r\n".repeat(HEAD_LIMITS.headers);
  assert.equal(parse(`GET / HTTP/1.1\r\n${most}\r\n`)?.kind, "head");
  assert.equal(parse(`GET / HTTP/1.1\r\n${most}X: y\r\n\r\n`)?.kind, "too-large");
});

test("a header of nothing but spaces takes no longer than others", () => {
  // Not by the clock, which goes on while others have the processor.
  const started = process.cpuUsage();
  parse(`GET / HTTP/1.1\r\nX: ${" ".repeat(60_000)}x\r\n\r\n`);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 200_000, `${user} and ${system} microseconds`);
});

test("bytes of any kind read the same however they are cut", () => {
  const pieces = fc.constantFrom(
    "GET ",
    "CONNECT ",
    "/",
    "good.test:443",
    " ",
    "HTTP/1.1",
    "HTTP/1.0",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "Host: good.test",
    "Content-Length: 1",
    ":",
    "\t",
    "\u0000",
    "x",
    "\u00FF",
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join("")),
    fc
      .array(pieces, { maxLength: 8 })
      .map((parts) => `GET / HTTP/1.1\r\n${parts.join("")}\r\n\r\n`),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(texts, (text) => checkBeginnings(Buffer.from(text, "latin1"))),
    { numRuns: 2000 },
  );
});

test("no control character and no line end gets through", () => {
  const anything = fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(anything, anything, (name, value) => {
      const parsed = parse(`GET / HTTP/1.1\r\n${name}: ${value}\r\n\r\n`);
      if (parsed?.kind !== "head") return;
      for (const header of parsed.head.headers) {
        assert.match(header.name, /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u);
        assert.doesNotMatch(header.value, /[\u0000-\u0008\u000A-\u001F\u007F]/u);
      }
    }),
    { numRuns: 2000 },
  );
});

function parse(text: string): ParsedHead | undefined {
  return parseRequestHead(Buffer.from(text, "latin1"));
}

function checkBeginnings(bytes: Uint8Array): void {
  const whole = parseRequestHead(bytes);
  for (let length = 0; length <= bytes.length; length += 1) {
    const part = parseRequestHead(bytes.subarray(0, length));
    if (part) assert.deepEqual(part, whole, `after ${length} bytes`);
  }
}
