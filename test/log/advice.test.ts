import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { type Advice, adviseOn, type Denial } from "../../src/log/advice.ts";
import { parseAddress } from "../../src/proxy/addresses.ts";
import { parseHostRule } from "../../src/proxy/host-rule.ts";
import type { Reason } from "../../src/proxy/reasons.ts";
import { decide } from "../../src/proxy/rules.ts";
import { vetAddresses } from "../../src/proxy/vet.ts";
import { makeRules } from "../proxy/start.ts";

const NONE: Advice = { kind: "none" };

describe("adviseOn", () => {
  const rows: [Denial, Advice][] = [
    [denial("not-listed", "evil.test", 443), allow("evil.test")],
    [denial("not-listed", "evil.test", 80), allow("evil.test")],
    [denial("not-listed", "evil.test", undefined), allow("evil.test")],
    [denial("not-listed", "evil.test", 8443), allow("evil.test:8443")],
    [denial("port-not-listed", "good.test", 22), allow("good.test:22")],
    [denial("not-listed", "xn--a", 443), NONE],
    [denial("not-listed", "evil.test\\x1b[31m", 443), NONE],
    [denial("not-listed", "evil.test", 0), NONE],
    [denial("ip-literal", "93.184.216.34", 443), allow("93.184.216.34")],
    [denial("ip-literal", "192.168.1.5", 8080), allow("192.168.1.5:8080")],
    [denial("ip-literal", "::ffff:192.168.1.5", 8080), allow("192.168.1.5:8080")],
    [denial("ip-literal", "2001:db8::1", 443), allow("[2001:db8::1]")],
    [denial("ip-literal", "[2001:db8::1]", 22), allow("[2001:db8::1]:22")],
    [denial("ip-literal", "0x7f.1", 443), NONE],
    [denial("ip-literal", "127.0.0.1", 3000), { kind: "forward", port: 3000 }],
    [denial("ip-literal", "::1", 80), { kind: "forward", port: 80 }],
    [denial("loopback-name", "localhost", 3000), { kind: "forward", port: 3000 }],
    [denial("loopback-name", "web.localhost", 80), { kind: "forward", port: 80 }],
    [denial("loopback-name", "localhost", undefined), { kind: "forward", port: undefined }],
    [notPublic("192.168.1.5", 8080), allow("192.168.1.5:8080")],
    [notPublic("10.0.0.1", 443), allow("10.0.0.1")],
    [notPublic("fd00::1", 8080), allow("[fd00::1]:8080")],
    [notPublic("via proxy:8080", 8080), NONE],
    [denial("not-public", "lan.test", 80), NONE],
    [{ ...denial("denied-by-rule", "evil.test", 443), rule: "*.test" }, undeny("*.test")],
    [denial("denied-by-rule", "evil.test", 443), NONE],
    [denial("trailing-dot", "evil.test.", 443), NONE],
    [denial("malformed-name", "", 443), NONE],
    [denial("encrypted-client-hello", "evil.test", 443), NONE],
    [denial("not-tls", "evil.test", 443), NONE],
  ];
  for (const [given, advice] of rows) {
    const { reason, host, port, address = "", rule = "" } = given;
    test(`${reason} ${host}:${port} ${address}${rule}: ${inspect(advice)}`, () => {
      assert.deepEqual(adviseOn(given), advice);
    });
  }

  test("names rules that let through what was refused", () => {
    const names = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.constant("localhost"),
    );
    const ports = fc.oneof(fc.constantFrom(443, 80), fc.integer({ min: 1, max: 65_535 }));
    fc.assert(
      fc.property(names, ports, (host, port) => {
        const verdict = decide(makeRules({}), host, port);
        if (verdict.verdict === "allow") assert.fail("nothing is allowed");
        const advice = adviseOn({ host, port, reason: verdict.reason });
        if (advice.kind !== "allow") return;
        assert.equal(decide(makeRules({ allow: [advice.rule] }), host, port).verdict, "allow");
      }),
      { numRuns: 1000 },
    );
  });

  test("names rules that let an address be dialled", () => {
    const private4 = fc.ipV4().map((text) => text.replace(/^\d+/u, "10"));
    fc.assert(
      fc.property(fc.oneof(private4, fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), dial),
    );
    function dial(text: string, port: number): void {
      const address = parseAddress(text) ?? assert.fail(text);
      const dialable = (allow: string[]) => {
        const rules = makeRules({ allow });
        return vetAddresses([address], { rules, port, hostNetworks: [] });
      };
      const [refused] = dialable([]).refused;
      if (refused?.reason !== "not-public") return;
      const advice = adviseOn({ ...refused, host: "lan.test", port });
      assert.ok(advice.kind === "allow", inspect(advice));
      assert.equal(dialable([advice.rule]).dialable.length, 1);
    }
  });

  test("is total, and every rule in it is valid", () => {
    const reasons = fc.constantFrom<Reason>(
      ...(["not-listed", "port-not-listed", "not-public", "ip-literal", "loopback-name"] as const),
    );
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.domain(), fc.ipV4(), fc.ipV6());
    const port = fc.option(fc.nat(65_535), { nil: undefined });
    const denials = fc.record({ reason: reasons, host: text, address: text, port });
    fc.assert(
      fc.property(denials, (denial) => {
        const advice = adviseOn(denial);
        if (advice.kind === "allow") assert.ok(!("problem" in parseHostRule(advice.rule)));
      }),
      { numRuns: 1000 },
    );
  });
});

function denial(reason: Reason, host: string, port: number | undefined): Denial {
  return { reason, host, port };
}

function notPublic(address: string, port: number): Denial {
  return { reason: "not-public", host: "lan.test", port, rule: "lan.test", address };
}

function allow(rule: string): Advice {
  return { kind: "allow", rule };
}

function undeny(rule: string): Advice {
  return { kind: "undeny", rule };
}
