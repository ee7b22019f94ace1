import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseRequestHead, type RequestHead } from "../../src/proxy/http-head.ts";
import {
  isWebSocketUpgrade,
  parseResponseHead,
  renderRequest,
} from "../../src/proxy/http-message.ts";

test("a request goes on in origin form, with an end to its connection", () => {
  const head = makeHead(
    "GET http://good.test/a HTTP/1.1|Host: good.test|Proxy-Connection: keep-alive|Accept: x",
  );
  assert.equal(
    renderRequest(head, { kind: "origin", path: "/a" }).toString("latin1"),
    "GET /a HTTP/1.1\r\nHost: good.test\r\nAccept: x\r\nConnection: close\r\n\r\n",
  );
});

test("what is meant for the proxy, or named as such, does not go on", () => {
  const head = makeHead(
    [
      "GET / HTTP/1.1|Host: good.test|Connection: x-mine, Keep-Alive|X-Mine: 1|Keep-Alive: 5",
      "Proxy-Authorization: Basic secret|TE: trailers|Upgrade: h2c|X-Other: 2",
    ].join("|"),
  );
  assert.equal(
    renderRequest(head, { kind: "origin", path: "/" }).toString("latin1"),
    "GET / HTTP/1.1\r\nHost: good.test\r\nX-Other: 2\r\nConnection: close\r\n\r\n",
  );
});

test("a client cannot have the host or the length taken away", () => {
  const head = makeHead(
    "POST / HTTP/1.1|Host: good.test|Content-Length: 3|Connection: host, content-length",
  );
  assert.equal(
    renderRequest(head, { kind: "origin", path: "/" }).toString("latin1"),
    "POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
  );
});

test("a WebSocket keeps its upgrade", () => {
  const head = makeHead(
    "GET / HTTP/1.1|Host: good.test|Connection: keep-alive, Upgrade|Upgrade: WebSocket|X: y",
  );
  assert.ok(isWebSocketUpgrade(head));
  assert.equal(
    renderRequest(head, { kind: "origin", path: "/" }).toString("latin1"),
    "GET / HTTP/1.1\r\nHost: good.test\r\nX: y\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
});

for (const request of [
  "POST / HTTP/1.1|Host: good.test|Upgrade: websocket",
  "GET / HTTP/1.0|Host: good.test|Upgrade: websocket",
  "GET / HTTP/1.1|Host: good.test|Upgrade: h2c",
  "GET / HTTP/1.1|Host: good.test|Upgrade: websocket|Content-Length: 3",
]) {
  test(`no upgrade: ${request}`, () => {
    const head = makeHead(request);
    assert.ok(!isWebSocketUpgrade(head));
    assert.doesNotMatch(renderRequest(head, { kind: "origin", path: "/" }).toString(), /upgrade/iu);
  });
}

test("another proxy gets the whole address and its own credentials", () => {
  const head = makeHead("GET http://good.test/a HTTP/1.1|Host: good.test|Proxy-Authorization: x");
  const form = { kind: "absolute", authority: "good.test:80", path: "/a" } as const;
  assert.equal(
    renderRequest(head, { ...form, credentials: "Basic abc" }).toString("latin1"),
    [
      "GET http://good.test:80/a HTTP/1.1\r\nHost: good.test\r\n",
      "Connection: close\r\nProxy-Authorization: Basic abc\r\n\r\n",
    ].join(""),
  );
});

test("a response says that its connection will close", () => {
  const text =
    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: x\r\nContent-Length: 2\r\n\r\n";
  assert.deepEqual(parseResponseHead(Buffer.from(`${text}ok`)), {
    kind: "final",
    status: 200,
    head: Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"),
    length: text.length,
  });
});

test("interim and switching responses go on as they are", () => {
  for (const [status, kind] of [
    [100, "interim"],
    [103, "interim"],
    [101, "switching"],
  ] as const) {
    const head = Buffer.from(`HTTP/1.1 ${status} X\r\nConnection: Upgrade\r\n\r\n`);
    assert.deepEqual(parseResponseHead(head), { kind, status, head, length: head.length });
  }
});

test("what is no response goes on as it is", () => {
  for (const text of [
    "<html>",
    "SSH-2.0-x\r\n",
    "HTTP/x\r\n\r\n",
    `HTTP/1.1 ${"x".repeat(300_000)}`,
  ]) {
    assert.deepEqual(parseResponseHead(Buffer.from(text)), { kind: "opaque", length: 0 });
  }
});

test("a response's head is waited for", () => {
  for (const text of ["", "H", "HTTP/", "HTTP/1.1 200 OK\r\nA: b\r\n"]) {
    assert.equal(parseResponseHead(Buffer.from(text)), undefined);
  }
});

test("a response reads the same however it is cut", () => {
  const pieces = fc.constantFrom(
    "HTTP/1.1 200 OK",
    "HTTP/1.1 100 C",
    "\r\n",
    "\n",
    "A: b",
    "Connection: x",
    "é",
  );
  const texts = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text, "latin1");
      const whole = parseResponseHead(bytes);
      for (let length = 0; length <= bytes.length; length += 1) {
        const part = parseResponseHead(bytes.subarray(0, length));
        if (part) assert.deepEqual(part, whole, `after ${length} bytes`);
      }
    }),
  );
});

function makeHead(request: string): RequestHead {
  const parsed = parseRequestHead(
    Buffer.from(`${request.split("|").join("\r\n")}\r\n\r\n`, "latin1"),
  );
  assert.equal(parsed?.kind, "head");
  return (parsed as { head: RequestHead }).head;
}
