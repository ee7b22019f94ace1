import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { parseHostRule } from "../../src/proxy/host-rule.ts";

const accepted: [text: string, kind: string, normal: string][] = [
  ["example.com", "name", "example.com"],
  ["EXAMPLE.com", "name", "example.com"],
  ["example.com:8443", "name", "example.com:8443"],
  ["*.example.com", "below", "*.example.com"],
  ["*.Example.com:22", "below", "*.example.com:22"],
  ["intranet", "name", "intranet"],
  ["my_bucket.s3.example.com", "name", "my_bucket.s3.example.com"],
  ["xn--bcher-kva.example", "name", "xn--bcher-kva.example"],
  ["bücher.example", "name", "xn--bcher-kva.example"],
  ["BÜCHER.example:8080", "name", "xn--bcher-kva.example:8080"],
  ["*.bücher.example", "below", "*.xn--bcher-kva.example"],
  ["a1.b2", "name", "a1.b2"],
  ["1password.com", "name", "1password.com"],
  ["r3---sn-x.example.com", "name", "r3---sn-x.example.com"],
  ["10.0.0.5:8080", "address", "10.0.0.5:8080"],
  ["10.0.0.5", "address", "10.0.0.5"],
  ["[::1]:8080", "address", "[::1]:8080"],
  ["[0:0:0:0:0:0:0:1]:80", "address", "[::1]:80"],
  ["[::ffff:10.0.0.5]:80", "address", "10.0.0.5:80"],
  ["localhost:8080", "address", "localhost:8080"],
  ["LOCALHOST:8080", "address", "localhost:8080"],
];

for (const [text, kind, normal] of accepted) {
  test(`the rule \`${text}\` is \`${normal}\``, () => {
    const rule = parseHostRule(text);
    assert.ok(!("problem" in rule), inspect(rule));
    assert.equal(rule.kind, kind);
    assert.equal(rule.text, normal);
  });
}

const rejected: [text: string, problem: RegExp][] = [
  ["", /missing/u],
  [":443", /missing/u],
  ["*", /open mode/u],
  ["*:443", /open mode/u],
  ["*.", /missing/u],
  ["*example.com", /at the front/u],
  ["a.*.com", /at the front/u],
  ["*.*.com", /at the front/u],
  ["example.com.", /dot/u],
  ["example.com:0", /port/u],
  ["example.com:65536", /port/u],
  ["example.com:", /port/u],
  ["example.com:0443", /port/u],
  ["example.com:http", /port/u],
  ["example.com:80:90", /port/u],
  ["https://example.com", /scheme/u],
  ["https://example.com:443/x", /scheme/u],
  ["example.com/path", /scheme, path/u],
  ["user@example.com", /user/u],
  ["exa mple.com", /host name/u],
  ["exa\u0000mple.com", /host name/u],
  ["example.com\n", /host name/u],
  ["-a.example", /host name/u],
  ["a-.example", /host name/u],
  ["a..example", /host name/u],
  [".example.com", /host name/u],
  [`${"a".repeat(64)}.example`, /host name/u],
  [`${"a.".repeat(127)}aa`, /host name/u],
  ["ex%61mple.com", /host name/u],
  ["xn--a", /host name/u],
  ["127.1", /four decimal/u],
  ["2130706433", /four decimal/u],
  ["0x7f000001", /four decimal/u],
  ["0x7f.1", /four decimal/u],
  ["0177.0.0.1", /four decimal/u],
  ["10.0.0.256", /four decimal/u],
  ["1.2.3.4.5", /four decimal/u],
  ["１２７.0.0.1", /four decimal/u],
  ["*.10.0.0.1", /four decimal/u],
  ["*.127.1", /four decimal/u],
  ["::1", /brackets/u],
  ["::1:8080", /brackets/u],
  ["[::1", /brackets|port/u],
  ["[10.0.0.1]:80", /host name/u],
  ["[::1%lo]:80", /host name/u],
  ["*.localhost", /localhost/u],
  ["web.localhost:8080", /localhost/u],
  ["ip6-localhost", /localhost/u],
  ["ｌocalhost:80", /localhost/u],
];

for (const [text, problem] of rejected) {
  test(`the rule \`${JSON.stringify(text)}\` is refused`, () => {
    const rule = parseHostRule(text);
    assert.ok("problem" in rule, inspect(rule));
    assert.match(rule.problem, problem);
  });
}

test("everything may be named only where that is allowed", () => {
  const rule = parseHostRule("*", { allowEverything: true });
  assert.deepEqual(rule, { kind: "everything", port: undefined, text: "*" });
  assert.deepEqual(parseHostRule("*:22", { allowEverything: true }), {
    kind: "everything",
    port: 22,
    text: "*:22",
  });
});

test("a rule in its normal form is read as itself", () => {
  const rules = fc.oneof(
    fc.domain(),
    fc.domain().map((name) => `*.${name}`),
    fc.tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 })).map((parts) => parts.join(":")),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]:1`),
    fc.string(),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(rules, (text) => {
      const rule = parseHostRule(text, { allowEverything: true });
      if ("problem" in rule) return;
      assert.deepEqual(parseHostRule(rule.text, { allowEverything: true }), rule);
    }),
    { numRuns: 2000 },
  );
});
