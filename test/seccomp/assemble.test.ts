import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assemble } from "../../src/seccomp/assemble.ts";
import { branch, type Decision, loadNumber, type Test } from "../../src/seccomp/decision.ts";
import { divide, search } from "../../src/seccomp/search.ts";
import { interpret, type SystemCall } from "./interpret.ts";

test("an answer is one instruction, little endian", () => {
  assert.deepEqual(
    assemble({ kind: "answer", verdict: 0x7fff0000 }),
    Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0xff, 0x7f),
  );
});

test("a branch goes on with `no` and jumps to `yes`", () => {
  const decision: Decision = {
    kind: "load",
    offset: 4,
    next: branch({
      test: "equal",
      operand: 0xc000003e,
      yes: answer(1),
      no: { kind: "load", offset: 16, next: answer(2) },
    }),
  };
  assert.deepEqual(
    [...assemble(decision)],
    [
      [0x20, 0, 0, 0, 4, 0, 0, 0],
      [0x15, 0, 2, 0, 0x3e, 0, 0, 0xc0],
      [0x20, 0, 0, 0, 16, 0, 0, 0],
      [0x06, 0, 0, 0, 2, 0, 0, 0],
      [0x06, 0, 0, 0, 1, 0, 0, 0],
    ].flat(),
  );
});

for (const length of [1, 2, 126, 127, 128, 129, 200, 300, 1200]) {
  test(`${length} comparisons deep on either side, every answer is reached`, () => {
    for (const program of [assemble(chain(length, "no")), assemble(chain(length, "yes"))]) {
      for (const number of [0, 1, length >> 1, length - 1, length, length + 1]) {
        const expected = number < length ? 1000 + number : 1;
        assert.equal(interpret(program, callNumber(number)).verdict, expected, `number ${number}`);
      }
    }
  });
}

for (const distance of [1, 254, 255, 256, 257, 4000]) {
  test(`a branch jumps over ${distance} instructions, no more and no less`, () => {
    let no = answer(1);
    for (let length = 1; length < distance; length += 1) no = loadNumber(no);
    const yes = answer(2);
    const program = assemble(loadNumber(branch({ test: "equal", operand: 7, yes, no })));
    assert.equal(program.length / 8, 1 + (distance > 255 ? 2 : 1) + distance + 1);
    assert.equal(interpret(program, callNumber(7)).verdict, 2);
    assert.equal(interpret(program, callNumber(8)).verdict, 1);
  });
}

test("a filter longer than the kernel takes is an error of ours", () => {
  assert.equal(assemble(chain(2047, "yes")).length, 8 * 4096);
  assert.throws(() => assemble(chain(2048, "yes")), /4098 instructions/u);
});

test("a program does what its decision says", () => {
  const words = fc.oneof(fc.nat(9), fc.integer({ min: 0, max: 0xffffffff }));
  const { decision } = fc.letrec<{ decision: Decision }>((tie) => ({
    decision: fc.oneof(
      { depthSize: "large" },
      words.map(answer),
      fc.record({
        kind: fc.constant("load" as const),
        offset: fc.constantFrom(0, 4, 16, 20, 24, 32),
        next: tie("decision"),
      }),
      fc.record({
        kind: fc.constant("branch" as const),
        test: fc.constantFrom<Test>("equal", "atLeast", "anyBit"),
        operand: words,
        yes: tie("decision"),
        no: tie("decision"),
      }),
    ),
  }));
  const call = fc.record({
    audit: words,
    number: words,
    arguments: fc.array(fc.bigInt(0n, 0xffffffffffffffffn), { minLength: 6, maxLength: 6 }),
  });
  fc.assert(
    fc.property(decision, call, (decision, call) => {
      assert.equal(interpret(assemble(decision), call).verdict, evaluate(decision, call));
    }),
    { numRuns: 500 },
  );
});

test("a search finds for every number what a look into the list finds", () => {
  const answers = [answer(1), answer(2), answer(3)];
  const lists = fc.array(fc.constantFrom(undefined, ...answers), { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(lists, (decisions) => {
      const program = assemble(loadNumber(search(divide(decisions, answer(9)))));
      for (let number = 0; number < decisions.length + 3; number += 1) {
        const found = interpret(program, callNumber(number)).verdict;
        assert.equal(found, evaluate(decisions[number] ?? answer(9), callNumber(number)));
      }
    }),
    { numRuns: 30 },
  );
});

/** Number `n` below `length` is answered `1000 + n`, others 1, by comparisons one inside the other. */
function chain(length: number, side: "yes" | "no"): Decision {
  let rest: Decision = answer(1);
  for (let number = length - 1; number >= 0; number -= 1) {
    rest =
      side === "no"
        ? branch({ test: "equal", operand: number, yes: answer(1000 + number), no: rest })
        : branch({ test: "atLeast", operand: number + 1, yes: rest, no: answer(1000 + number) });
  }
  return loadNumber(rest);
}

function evaluate(decision: Decision, call: SystemCall, loaded = 0): number {
  if (decision.kind === "answer") return decision.verdict;
  if (decision.kind === "load")
    return evaluate(decision.next, call, loadWord(call, decision.offset));
  const holds = {
    equal: loaded === decision.operand,
    atLeast: loaded >= decision.operand,
    anyBit: (BigInt(loaded) & BigInt(decision.operand)) > 0n,
  };
  return evaluate(holds[decision.test] ? decision.yes : decision.no, call, loaded);
}

function loadWord(call: SystemCall, offset: number): number {
  if (offset === 0) return call.number;
  if (offset === 4) return call.audit;
  const value = call.arguments[(offset - 16) >> 3] ?? 0n;
  return Number(offset % 8 === 0 ? value & 0xffffffffn : value >> 32n);
}

function answer(verdict: number): Decision {
  return { kind: "answer", verdict };
}

function callNumber(number: number): SystemCall {
  return { audit: 0, number, arguments: [] };
}
