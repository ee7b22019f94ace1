import assert from "node:assert/strict";
import { test } from "node:test";
import { parseClientHello } from "../../src/proxy/client-hello.ts";
import { CASES } from "../../src/selftest/cases.ts";
import type { Case } from "../../src/selftest/cases.ts";
import { renderClientHello } from "../../src/selftest/hello.ts";
import { judgeCases } from "../../src/selftest/judge.ts";
import { renderResults } from "../../src/selftest/render.ts";
import { done, refused, untried } from "../../src/selftest/targets.ts";
import type { Observation } from "../../src/selftest/targets.ts";

const CASE: Case = { act: "a", title: "do it", promise: "it is not done", controls: [] };

function judge(controls: Case["controls"], inside: Observation, control?: Observation) {
  const others = { ...(control && { a: control }) };
  const evidence = { inside: { a: inside }, outside: others, privileged: others };
  const [result] = judgeCases([{ ...CASE, controls }], evidence);
  return [result?.verdict, result?.detail];
}

test("an attempt is refused only where its control worked", () => {
  for (const kind of ["outside", "privileged"] as const) {
    assert.deepEqual(judge([{ kind }], refused("EPERM"), done("")), ["ok", "EPERM"]);
    const [verdict, detail] = judge([{ kind }], refused("EPERM"), refused("EIO"));
    assert.equal(verdict, "skipped");
    assert.match(detail!, /either: EIO$/u);
    assert.equal(judge([{ kind }], refused("EPERM"))[0], "skipped");
  }
});

test("an attempt that worked has failed the test, whatever its control", () => {
  for (const control of [done(""), refused(""), untried(""), undefined]) {
    assert.deepEqual(judge([{ kind: "outside" }], done("it worked"), control), [
      "fail",
      "it worked",
    ]);
  }
});

test("what was not tried is never all right", () => {
  assert.deepEqual(judge([{ kind: "outside" }], untried("no proxy"), done("")), [
    "skipped",
    "no proxy",
  ]);
  const evidence = { inside: {}, outside: {}, privileged: {} };
  assert.ok(judgeCases(CASES, evidence).every(({ verdict }) => verdict === "skipped"));
});

test("all controls count", () => {
  const inside = { a: refused("no"), b: refused("closed") };
  const evidence = { inside, outside: { a: done("") }, privileged: {} };
  const controls: Case["controls"] = [{ kind: "outside" }, { kind: "inside", act: "b" }];
  const [result] = judgeCases([{ ...CASE, controls }], evidence);
  assert.deepEqual(
    [result?.verdict, result?.detail],
    ["skipped", "what is allowed does not work either: closed"],
  );
});

test("the table says which promise is broken, and escapes what the sandbox said", () => {
  const result = { ...CASE, verdict: "fail", detail: "\u001B[2J" } as const;
  assert.equal(
    renderResults([result], { columns: undefined, colour: false }),
    "fail     do it  \\x1b[2J\n         broken: it is not done\n0 refused, 1 not refused, 0 skipped\n",
  );
});

test("the hello names its server", () => {
  const hello = parseClientHello(renderClientHello("host.example"));
  assert.equal(hello?.kind === "hello" && hello.serverName, "host.example");
});
