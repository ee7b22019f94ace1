import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseAddress } from "../../src/proxy/addresses.ts";
import {
  decide,
  decideAddress,
  decideName,
  suggestRule,
  type Verdict,
} from "../../src/proxy/rules.ts";
import { makeRules } from "./start.ts";

const listed = makeRules({
  allow: ["good.test", "*.wild.test", "ported.test:8443", "10.0.0.5:8080", "localhost:3000"],
  deny: ["evil.wild.test", "*.deep.wild.test:443", "good.test:80"],
});

const decisions: [host: string, port: number, expected: string][] = [
  ["good.test", 443, "good.test"],
  ["GOOD.Test", 443, "good.test"],
  ["good.test", 80, "denied-by-rule"],
  ["good.test", 22, "port-not-listed"],
  ["other.test", 443, "not-listed"],
  ["sub.good.test", 443, "not-listed"],
  ["notgood.test", 443, "not-listed"],
  ["good.test.evil.test", 443, "not-listed"],
  ["test", 443, "not-listed"],
  ["a.wild.test", 443, "*.wild.test"],
  ["a.b.c.wild.test", 80, "*.wild.test"],
  ["wild.test", 443, "not-listed"],
  ["awild.test", 443, "not-listed"],
  ["evil.wild.test", 443, "denied-by-rule"],
  ["evil.wild.test", 80, "denied-by-rule"],
  ["x.deep.wild.test", 443, "denied-by-rule"],
  ["x.deep.wild.test", 80, "*.wild.test"],
  ["ported.test", 8443, "ported.test:8443"],
  ["ported.test", 443, "port-not-listed"],
  ["good.test.", 443, "trailing-dot"],
  ["good.test..", 443, "malformed-name"],
  [".good.test", 443, "malformed-name"],
  ["", 443, "malformed-name"],
  [".", 443, "malformed-name"],
  ["good.test\u0000", 443, "malformed-name"],
  ["good.test\r\n", 443, "malformed-name"],
  ["good.test\u0000.evil.test", 443, "malformed-name"],
  ["good.test ", 443, "malformed-name"],
  ["good.test/", 443, "malformed-name"],
  ["user@good.test", 443, "malformed-name"],
  ["good.test:443", 443, "malformed-name"],
  ["bücher.test", 443, "malformed-name"],
  ["*.wild.test", 443, "malformed-name"],
  [`${"a".repeat(64)}.wild.test`, 443, "malformed-name"],
  [`${"a.".repeat(130)}wild.test`, 443, "malformed-name"],
  ["localhost", 3000, "localhost:3000"],
  ["127.0.0.1", 3000, "localhost:3000"],
  ["::1", 3000, "localhost:3000"],
  ["[::1]", 3000, "localhost:3000"],
  ["localhost", 3001, "loopback-name"],
  ["LocalHost", 80, "loopback-name"],
  ["web.localhost", 3000, "loopback-name"],
  ["localhost.localdomain", 80, "loopback-name"],
  ["ip6-loopback", 80, "loopback-name"],
  ["localhost.", 3000, "trailing-dot"],
  ["10.0.0.5", 8080, "10.0.0.5:8080"],
  ["::ffff:10.0.0.5", 8080, "10.0.0.5:8080"],
  ["10.0.0.5", 80, "ip-literal"],
  ["10.0.0.6", 8080, "ip-literal"],
  ["93.184.216.34", 443, "ip-literal"],
  ["127.0.0.1", 443, "ip-literal"],
  ["127.1", 443, "ip-literal"],
  ["127.0.1", 3000, "ip-literal"],
  ["2130706433", 443, "ip-literal"],
  ["0x7f000001", 443, "ip-literal"],
  ["0x7f.0.0.1", 443, "ip-literal"],
  ["0x", 443, "ip-literal"],
  ["0177.0.0.1", 443, "ip-literal"],
  ["017700000001", 443, "ip-literal"],
  ["10.0.0.05", 8080, "ip-literal"],
  ["10.0.5", 8080, "ip-literal"],
  ["1.2.3.4.5", 443, "ip-literal"],
  ["[::1]", 443, "ip-literal"],
  ["[::ffff:127.0.0.1]", 443, "ip-literal"],
  ["[::ffff:7f00:1]", 443, "ip-literal"],
  ["[64:ff9b::7f00:1]", 443, "ip-literal"],
  ["[2002:7f00:1::1]", 443, "ip-literal"],
  ["[fe80::1%25eth0]", 443, "malformed-name"],
  ["[127.0.0.1]", 443, "malformed-name"],
  ["[good.test]", 443, "malformed-name"],
  ["127.0.0.1.", 443, "trailing-dot"],
];

for (const [host, port, expected] of decisions) {
  test(`${JSON.stringify(host)} at ${port}: ${expected}`, () => {
    assert.equal(summarise(decide(listed, host, port)), expected);
  });
}

test("open mode allows every name, port and literal that is not denied", () => {
  const rules = makeRules({ open: true, deny: ["evil.test", "1.2.3.4"] });
  assert.equal(summarise(decide(rules, "any.test", 12_345)), "open");
  // Behind an address may be what a rule denies by name.
  assert.equal(summarise(decide(rules, "8.8.8.8", 53)), "ip-literal");
  const addresses = makeRules({ open: true, deny: ["1.2.3.4"] });
  assert.equal(summarise(decide(addresses, "8.8.8.8", 53)), "open");
  assert.equal(summarise(decide(addresses, "1.2.3.4", 53)), "denied-by-rule");
  assert.equal(summarise(decide(rules, "evil.test", 12_345)), "denied-by-rule");
  assert.equal(summarise(decide(rules, "1.2.3.4", 53)), "denied-by-rule");
  assert.equal(summarise(decide(rules, "localhost", 80)), "loopback-name");
  assert.equal(summarise(decide(rules, "127.1", 80)), "ip-literal");
});

test("a deny rule for everything leaves nothing", () => {
  const rules = makeRules({ allow: ["good.test", "10.0.0.5"], deny: ["*"], open: true });
  for (const host of ["good.test", "10.0.0.5", "8.8.8.8"]) {
    assert.equal(summarise(decide(rules, host, 443)), "denied-by-rule", host);
  }
});

test("a rule for everything covers names and no literal", () => {
  const rules = makeRules({ allow: ["*"] });
  assert.equal(summarise(decide(rules, "any.test", 443)), "*");
  assert.equal(summarise(decide(rules, "any.test", 22)), "port-not-listed");
  assert.equal(summarise(decide(rules, "8.8.8.8", 443)), "ip-literal");
  assert.equal(summarise(decide(rules, "localhost", 443)), "loopback-name");
});

test("what the client says is held against the name, except where nothing depends on it", () => {
  assert.equal(isInspected({ allow: ["good.test"] }, "good.test"), true);
  assert.equal(isInspected({ open: true, deny: ["evil.test"] }, "good.test"), true);
  assert.equal(isInspected({ open: true }, "good.test"), false);
  assert.equal(isInspected({ allow: ["10.0.0.5"] }, "10.0.0.5"), false);
});

test("DNS asks whether a name may be reached at any port", () => {
  assert.equal(decideName(listed, "ported.test").verdict, "allow");
  assert.equal(decideName(listed, "good.test").verdict, "allow");
  assert.equal(summarise(decideName(listed, "evil.wild.test")), "denied-by-rule");
  assert.equal(summarise(decideName(listed, "other.test")), "not-listed");
});

test("an address is named, denied or neither", () => {
  const rules = makeRules({ allow: ["10.0.0.5:8080", "*"], deny: ["10.0.0.6"] });
  const word = (text: string, port: number): string => {
    return decideAddress(rules, parseAddress(text)!, port).kind;
  };
  assert.equal(word("10.0.0.5", 8080), "named");
  assert.equal(word("10.0.0.5", 80), "unnamed");
  assert.equal(word("10.0.0.6", 80), "denied");
  assert.equal(word("93.184.216.34", 443), "unnamed");
});

test("a denial comes with the rule that would lift it, where there is one", () => {
  assert.equal(suggest("other.test", 443), "other.test");
  assert.equal(suggest("Other.Test", 80), "other.test");
  assert.equal(suggest("other.test", undefined), "other.test");
  assert.equal(suggest("other.test", 22), "other.test:22");
  assert.equal(suggest("ported.test", 9000), "ported.test:9000");
  assert.equal(suggest("ported.test", 443), "ported.test");
  for (const host of ["8.8.8.8", "127.1", "evil.wild.test", "good.test.", "localhost", "a b"]) {
    assert.equal(suggest(host, 443), undefined, host);
  }
});

test("a suggested rule does what it says", () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      const before = decide(listed, host, port);
      if (before.verdict === "allow") return;
      const rule = suggestRule({ reason: before.reason, host, port });
      assert.ok(rule, host);
      assert.equal(decide(makeRules({ allow: [rule] }), host, port).verdict, "allow");
    }),
  );
});

test("deciding is total, and an allowed name is always one that a rule has", () => {
  const hosts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[\u0000-\u007F]{0,20}good\.test[\u0000-\u007F]{0,5}$/u),
  );
  fc.assert(
    fc.property(hosts, fc.integer({ min: 0, max: 65_535 }), (host, port) => {
      const verdict = decide(makeRules({ allow: ["good.test"] }), host, port);
      if (verdict.verdict === "allow") assert.equal(host.toLowerCase(), "good.test");
    }),
    { numRuns: 3000 },
  );
});

function isInspected(lists: Parameters<typeof makeRules>[0], host: string): boolean {
  const verdict = decide(makeRules(lists), host, 443);
  assert.equal(verdict.verdict, "allow");
  return verdict.verdict === "allow" && verdict.inspect;
}

function suggest(host: string, port: number | undefined): string | undefined {
  const verdict = decide(listed, host, port ?? 443);
  if (verdict.verdict === "allow") throw new Error(`${host} is allowed`);
  return suggestRule({ reason: verdict.reason, host, port });
}

function summarise(verdict: Verdict): string {
  return verdict.verdict === "allow" ? verdict.rule : verdict.reason;
}
