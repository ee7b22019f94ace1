import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Refusal } from "../../src/proxy/context.ts";
import { describeReason, type Reason } from "../../src/proxy/reasons.ts";
import { explainRefusal, renderHttpRefusal, renderTlsAlert } from "../../src/proxy/refuse.ts";

const explanations: [refusal: Refusal, message: string, rule: string | undefined][] = [
  [
    { reason: "not-listed", host: "evil.test", port: 8443 },
    "evil.test:8443 is refused: this host is not on the list of allowed hosts",
    "evil.test:8443",
  ],
  [
    { reason: "denied-by-rule", host: "evil.test", port: 443, rule: "*.test", address: "1.2.3.4" },
    "evil.test:443 is refused: a deny rule names it (*.test)",
    undefined,
  ],
  [
    {
      reason: "not-public",
      host: "lan.test",
      port: 443,
      rule: "lan.test",
      address: "10.0.0.1",
      addressClass: "private",
    },
    "lan.test:443 is refused: it resolves to an address that is not on the public internet (10.0.0.1, private)",
    undefined,
  ],
  [
    { reason: "ip-literal", host: "::1", port: 443 },
    "[::1]:443 is refused: hosts are allowed by name, not by IP address",
    undefined,
  ],
  [
    { reason: "malformed-request", host: "", port: undefined },
    "this request is refused: the request is malformed",
    undefined,
  ],
  [
    { reason: "unresolved", host: "good.test", port: 443 },
    "good.test:443 cannot be reached: this name cannot be resolved",
    undefined,
  ],
];

for (const [refusal, message, rule] of explanations) {
  test(message, () => {
    assert.deepEqual(explainRefusal(refusal), { message, rule });
  });
}

const reasons: [Reason, verdict: string, status: number, alert: number, socks: number][] = [
  ["not-listed", "deny", 403, 49, 2],
  ["no-server-name", "deny", 403, 112, 2],
  ["malformed-hello", "deny", 403, 50, 2],
  ["malformed-request", "deny", 400, 49, 1],
  ["unsupported", "deny", 501, 49, 7],
  ["unresolved", "failed", 502, 80, 4],
  ["connect-timeout", "failed", 504, 80, 6],
];

for (const [reason, verdict, httpStatus, alert, socks] of reasons) {
  test(`${reason} is said as ${httpStatus}, alert ${alert}, reply ${socks}`, () => {
    const { text: _text, proxyStatus: _status, ...entry } = describeReason(reason);
    assert.deepEqual(entry, { verdict, httpStatus, alert, socks });
    const bytes = renderTlsAlert({ reason, host: "x", port: 1 });
    assert.deepEqual([...bytes], [0x15, 3, 3, 0, 2, 2, alert]);
  });
}

test("whatever a host is called, an answer is one HTTP response of the right length", () => {
  const hosts = fc.oneof(fc.string({ unit: "binary" }), fc.domain());
  const refusals = fc.record({
    reason: fc.constantFrom<Reason>("not-listed", "malformed-name", "unresolved"),
    host: hosts,
    port: fc.nat(65_535),
  });
  fc.assert(
    fc.property(
      refusals,
      fc.constantFrom("", "text/html", "application/json"),
      (refusal, accept) => {
        const answer = renderHttpRefusal(refusal, accept);
        const end = answer.indexOf("\r\n\r\n");
        const lines = answer.subarray(0, end).toString("latin1").split("\r\n");
        assert.equal(lines.length, 7);
        assert.match(lines[0] ?? "", /^HTTP\/1\.1 \d{3} pale: [ -~]*$/u);
        for (const line of lines) assert.match(line, /^[ -~]*$/u);
        assert.equal(lines[2], `Content-Length: ${answer.length - end - 4}`);
        if (accept === "application/json") JSON.parse(answer.subarray(end + 4).toString());
      },
    ),
  );
});
