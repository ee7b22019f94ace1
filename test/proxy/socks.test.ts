import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeSocksReply, parseSocksGreeting, parseSocksRequest } from "../../src/proxy/socks.ts";

test("a greeting is acceptable when the client can do without authentication", () => {
  assert.deepEqual(parseSocksGreeting(Buffer.of(5, 1, 0)), {
    kind: "greeting",
    acceptable: true,
    length: 3,
  });
  assert.deepEqual(parseSocksGreeting(Buffer.of(5, 2, 2, 0, 9)), {
    kind: "greeting",
    acceptable: true,
    length: 4,
  });
  assert.deepEqual(parseSocksGreeting(Buffer.of(5, 1, 2)), {
    kind: "greeting",
    acceptable: false,
    length: 3,
  });
});

test("SOCKS 4 and HTTP are no greeting", () => {
  assert.deepEqual(parseSocksGreeting(Buffer.of(4, 1, 0, 80)), { kind: "malformed" });
  assert.deepEqual(parseSocksGreeting(Buffer.from("GET /")), { kind: "malformed" });
});

const requests: [what: string, bytes: Buffer, expected: object][] = [
  ["a name", request(1, name("good.test")), { kind: "connect", host: "good.test", port: 443 }],
  [
    "an IPv4 address",
    request(1, Buffer.of(1, 127, 0, 0, 1)),
    { kind: "connect", host: "127.0.0.1", port: 443 },
  ],
  [
    "an IPv6 address",
    request(1, Buffer.from([4, ...Array<number>(15).fill(0), 1])),
    { kind: "connect", host: "::1", port: 443 },
  ],
  ["an empty name", request(1, name("")), { kind: "connect", host: "", port: 443 }],
  [
    "bytes as a name",
    request(1, name("a\u0000b\u00FF")),
    { kind: "connect", host: "a\u0000b\u00FF", port: 443 },
  ],
  [
    "BIND",
    request(2, name("good.test")),
    { kind: "unsupported-command", host: "good.test", port: 443 },
  ],
  [
    "UDP ASSOCIATE",
    request(3, name("good.test")),
    { kind: "unsupported-command", host: "good.test", port: 443 },
  ],
  ["an unknown type of address", request(1, Buffer.of(2, 1)), { kind: "unsupported-address" }],
  ["a reserved byte that is not zero", Buffer.of(5, 1, 1, 1), { kind: "malformed" }],
  ["another version", Buffer.of(4, 1, 0, 1), { kind: "malformed" }],
];

for (const [what, bytes, expected] of requests) {
  test(`a request with ${what}`, () => {
    const whole = parseSocksRequest(Buffer.concat([bytes, Buffer.from("rest")]));
    const length = whole?.kind === "connect" ? { length: bytes.length } : {};
    assert.deepEqual(whole, { ...expected, ...length });
  });
}

test("a reply has the form that clients wait for", () => {
  assert.deepEqual([...encodeSocksReply(2)], [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
});

test("bytes of any kind read the same however they are cut", () => {
  const bytes = fc
    .tuple(
      fc.constantFrom("", "05", "0501", "050100", "05010001", "0501000309", "05010004", "05020003"),
      fc.uint8Array({ maxLength: 30 }),
    )
    .map(([head, tail]) => Buffer.concat([Buffer.from(head, "hex"), tail]));
  fc.assert(
    fc.property(bytes, fc.constantFrom(parseSocksGreeting, parseSocksRequest), (bytes, parse) => {
      const whole = parse(bytes);
      for (let length = 0; length <= bytes.length; length += 1) {
        const part = parse(bytes.subarray(0, length));
        if (part) assert.deepEqual(part, whole, `after ${length} bytes`);
      }
    }),
    { numRuns: 2000 },
  );
});

function request(command: number, host: Buffer): Buffer {
  return Buffer.concat([Buffer.of(5, command, 0), host, Buffer.of(443 >> 8, 443 & 0xff)]);
}

function name(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([Buffer.of(3, bytes.length), bytes]);
}
