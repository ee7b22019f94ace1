import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeDnsAnswer, encodeDnsError, parseDnsQuery } from "../../src/proxy/dns.ts";
import { makeName, makeQuery, readAnswer } from "./dns-messages.ts";

test("a query is a name and a type", () => {
  const query = parseDnsQuery(makeQuery("api.Good.test", 28));
  assert.equal(query.kind, "query");
  if (query.kind !== "query") return;
  const { id, name, type, edns, recursion } = query;
  assert.deepEqual(
    { id, name, type, edns, recursion },
    {
      id: 7,
      name: "api.Good.test",
      type: 28,
      edns: false,
      recursion: true,
    },
  );
});

const sound = makeQuery("good.test");

const others: [what: string, bytes: Buffer, expected: object][] = [
  ["nothing", Buffer.alloc(0), { kind: "ignored" }],
  ["11 bytes", sound.subarray(0, 11), { kind: "ignored" }],
  ["a response", edit(sound, 2, 0x80), { kind: "ignored" }],
  ["an update", edit(sound, 2, 0x28), { kind: "unanswerable", id: 7, code: 4 }],
  ["no question", edit(sound, 5, 0), { kind: "unanswerable", id: 7, code: 1 }],
  ["two questions", edit(sound, 5, 2), { kind: "unanswerable", id: 7, code: 1 }],
  ["another class", edit(sound, sound.length - 1, 3), { kind: "unanswerable", id: 7, code: 1 }],
  ["a pointer", edit(sound, 12, 0xc0), { kind: "unanswerable", id: 7, code: 1 }],
  ["a long label", edit(sound, 12, 64), { kind: "unanswerable", id: 7, code: 1 }],
  ["a cut name", sound.subarray(0, 16), { kind: "unanswerable", id: 7, code: 1 }],
  ["a dot inside a label", edit(sound, 14, 0x2e), { kind: "unanswerable", id: 7, code: 1 }],
  [
    "a name of 256 bytes",
    makeQuery("a".repeat(63).concat(".").repeat(4).slice(0, -1)),
    { kind: "unanswerable", id: 7, code: 1 },
  ],
];

for (const [what, bytes, expected] of others) {
  test(`${what}: ${(expected as { kind: string }).kind}`, () => {
    assert.deepEqual(parseDnsQuery(bytes), expected);
  });
}

test("an answer repeats the question byte for byte", () => {
  const bytes = makeQuery("GoOd.TeSt", 1, { id: 0xabcd });
  const query = parseDnsQuery(bytes);
  assert.ok(query.kind === "query");
  const address = Uint8Array.of(127, 0, 0, 1);
  const answer = Buffer.from(encodeDnsAnswer(query, { kind: "address", address, ttl: 5 }));
  assert.deepEqual(
    answer,
    Buffer.concat([
      Buffer.from("abcd818000010001000000000000".slice(0, 24), "hex"),
      makeName("GoOd.TeSt"),
      Buffer.from("00010001", "hex"),
      Buffer.from("c00c000100010000000500047f000001", "hex"),
    ]),
  );
});

test("a refusal says why to who understands it", () => {
  for (const edns of [true, false]) {
    const query = parseDnsQuery(makeQuery("evil.test", 1, { edns }));
    assert.ok(query.kind === "query");
    const answer = readAnswer(encodeDnsAnswer(query, { kind: "no-such-name", text: "because" }));
    assert.deepEqual(answer, { id: 7, code: 3, addresses: [], text: edns ? "because" : "" });
  }
});

test("an error has nothing but its code", () => {
  const error = encodeDnsError({ kind: "unanswerable", id: 7, code: 4 });
  assert.equal(Buffer.from(error).toString("hex"), "000780840000000000000000");
});

test("reading is total, and what is read can be answered", () => {
  const mutated = fc
    .array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 })
    .map((edits) => edits.reduce((bytes, [at, value]) => edit(bytes, at, value), sound));
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      const query = parseDnsQuery(bytes);
      if (query.kind !== "query") return;
      assert.ok(query.question.length <= 260);
      encodeDnsAnswer(query, { kind: "empty" });
    }),
    { numRuns: 3000 },
  );
});

function edit(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at % copy.length] = value;
  return copy;
}
