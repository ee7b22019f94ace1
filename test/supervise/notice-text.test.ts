import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { describeNotice } from "../../src/supervise/notice-text.ts";
import { escapeUntrusted } from "../../src/terminal.ts";
import { denialOf, WHO } from "../log/entries.ts";

const describeDenial = (changes: Parameters<typeof denialOf>[0]) => {
  return describeNotice({ kind: "refused", decision: denialOf(changes) }, WHO);
};

describe("a desktop notice", () => {
  test("says who wanted what, and what would allow it", () => {
    assert.deepEqual(describeDenial({}), {
      summary: "pale refused a host",
      body: "claude wanted evil.test:443\nallow it: pale allow evil.test --profile claude".replace(
        /^/u,
        "",
      ),
    });
    const { body } = describeDenial({ reason: "loopback-name", host: "localhost", port: 8080 });
    assert.match(body, /^claude wanted localhost:8080\n.*forwards = \[\{ host_port = 8080 \}\]$/u);
  });

  test("says how many more there were", () => {
    const tell = (count: number) => describeNotice({ kind: "more", count }, WHO).body;
    assert.equal(tell(12), "and 12 more hosts: pale log --denied");
    assert.equal(tell(1), "and 1 more host: pale log --denied");
  });

  test("is no markup, whatever the host calls itself", () => {
    const host = '<b>x</b>&amp;<a href="https://evil.test">\u001B]0;x\u0007';
    const { body } = describeDenial({ host, reason: "malformed-name" });
    assert.ok(body.includes("&lt;b&gt;x&lt;/b&gt;&amp;amp;&lt;a"), body);
    assert.doesNotMatch(body, /[<>\u001B\u0007]/u);
  });

  test("is short and plain for any host", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (host) => {
        const { summary, body } = describeDenial({ host, reason: "malformed-name" });
        assert.equal(summary, "pale refused a host");
        assert.ok(body.startsWith("claude wanted "));
        assert.ok(body.length < 1000, String(body.length));
        const lines = body.split("\n");
        assert.ok(lines.length <= 2 && lines.every((line) => line === escapeUntrusted(line)));
        assert.equal(body.replaceAll(/&(?:amp|lt|gt);/gu, "").search(/[&<>]/u), -1);
      }),
    );
  });

  test("leaves out a command that is too long to be read as a whole", () => {
    const host = `${"a".repeat(60)}.`.repeat(4) + "test";
    const { body } = describeDenial({ host });
    assert.doesNotMatch(body, /pale allow/u);
    assert.match(describeDenial({ host: "short.test" }).body, /pale allow short\.test/u, "control");
  });
});
