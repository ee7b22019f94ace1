import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { describeDenied, groupDenied } from "../../src/log/denied.ts";
import type { LogEntry } from "../../src/log/entry.ts";
import { escapeUntrusted } from "../../src/terminal.ts";
import { BERLIN, decisionOf, denialOf, eventOf } from "./entries.ts";

function describeAll(...entries: LogEntry[]): string[] {
  return describeDenied(groupDenied(entries), BERLIN);
}

describe("what was denied", () => {
  test("is grouped by host, port and reason, the latest at the end", () => {
    const later = { time: "2025-11-21T12:00:00.000Z" };
    const lines = describeAll(
      denialOf(),
      denialOf({ door: "tls" }),
      denialOf({ port: 80 }),
      denialOf({ reason: "port-not-listed" }),
      decisionOf(),
      denialOf({ verdict: "failed", reason: "unresolved" }),
      eventOf({ event: "fault", message: "no" }),
      denialOf({ ...later, profile: "codex", project: "/work/a" }),
      denialOf({ ...later, profile: "codex", project: "/work/b" }),
    );
    assert.deepEqual(lines, [
      `evil.test:80  once, last 2025-11-21 11:50:03
  claude in /home/ada/project
  this host is not on the list of allowed hosts
  allow it: pale allow evil.test --profile claude`,
      `evil.test:443  once, last 2025-11-21 11:50:03
  claude in /home/ada/project
  this host is allowed on other ports only
  allow it: pale allow evil.test --profile claude`,
      `evil.test:443  4 times, last 2025-11-21 13:00:00
  claude in /home/ada/project
  codex in /work/a, /work/b
  this host is not on the list of allowed hosts
  allow it: pale allow evil.test --profile claude
  allow it: pale allow evil.test --profile codex`,
    ]);
  });

  const advices: [string, LogEntry, string[]][] = [
    [
      "without a profile, for all",
      denialOf({ profile: "default", port: 8443 }),
      ["this host is not on the list of allowed hosts", "allow it: pale allow evil.test:8443"],
    ],
    [
      "a private address",
      denialOf({ reason: "not-public", rule: "lan.test", address: "192.168.1.5", port: 8080 }),
      [
        "it resolves to an address that is not on the public internet (192.168.1.5, private)",
        "allow it: pale allow 192.168.1.5:8080 --profile claude",
      ],
    ],
    [
      "the host's own public address",
      denialOf({ reason: "not-public", rule: "own.test", address: "93.184.216.34" }),
      [
        "it resolves to an address that is not on the public internet (93.184.216.34)",
        "allow it: pale allow 93.184.216.34 --profile claude",
      ],
    ],
    [
      "a service that gives out credentials",
      denialOf({ reason: "not-public", rule: "x.test", address: "169.254.169.254", port: 80 }),
      [
        "it resolves to an address that is not on the public internet (169.254.169.254, metadata)",
        "no rule allows this",
      ],
    ],
    [
      "an address",
      denialOf({ reason: "ip-literal", host: "1.2.3.4" }),
      [
        "hosts are allowed by name, not by IP address",
        "allow it: pale allow 1.2.3.4 --profile claude",
      ],
    ],
    [
      "an IPv6 address, quoted for the shell",
      denialOf({ reason: "ip-literal", host: "2001:db8::1", port: 22 }),
      [
        "hosts are allowed by name, not by IP address",
        "allow it: pale allow '[2001:db8::1]:22' --profile claude",
      ],
    ],
    [
      "the host's loopback",
      denialOf({ reason: "loopback-name", host: "localhost", port: 3000 }),
      [
        "this name means the host's own loopback",
        "show it inside: forwards = [{ host_port = 3000 }]",
        "or for one run, as an option of `pale run`: -f 3000",
      ],
    ],
    [
      "the host's loopback, no port",
      denialOf({ reason: "loopback-name", host: "localhost", port: undefined }),
      [
        "this name means the host's own loopback",
        "show it inside: forwards = [{ host_port = PORT }]",
        "or for one run, as an option of `pale run`: -f PORT",
      ],
    ],
    [
      "a deny rule",
      denialOf({ reason: "denied-by-rule", rule: "*.test" }),
      ["a deny rule names it (*.test)", "no rule allows what `deny` names: take `*.test` out"],
    ],
    [
      "a protocol",
      denialOf({ reason: "not-tls" }),
      ["only TLS may go to this port", "no rule allows this"],
    ],
    [
      "a profile with an odd name",
      denialOf({ profile: "a b;\nc" }),
      [
        "this host is not on the list of allowed hosts",
        String.raw`allow it: pale allow evil.test --profile 'a b;\x0ac'`,
      ],
    ],
  ];
  for (const [name, entry, lines] of advices) {
    test(`is explained, with what would allow it: ${name}`, () => {
      const [text = ""] = describeAll(entry);
      assert.deepEqual(
        text.split("\n").slice(2),
        lines.map((line) => `  ${line}`),
      );
    });
  }

  test("takes rule and address from the last one", () => {
    const reason = { reason: "not-public" as const, rule: "lan.test" };
    const [group] = groupDenied([
      denialOf({ ...reason, address: "10.0.0.1" }),
      denialOf({ ...reason, address: "10.0.0.2" }),
    ]);
    assert.equal(group?.count, 2);
    assert.equal(group.address, "10.0.0.2");
  });

  test("is in colour only when told so", () => {
    const [text = ""] = describeDenied(groupDenied([denialOf()]), { ...BERLIN, colour: true });
    assert.match(text, /^\u001B\[1mevil\.test:443\u001B\[0m {2}once/u);
    assert.ok(!describeAll(denialOf()).join("").includes("\u001B"));
  });

  test("lets nothing through that acts on a terminal", () => {
    const text = fc.string({ unit: "binary" });
    const texts = fc.record({
      host: text,
      rule: text,
      address: text,
      profile: text,
      project: text,
    });
    const reasons = fc.constantFrom(
      "not-listed" as const,
      "denied-by-rule" as const,
      "not-public" as const,
    );
    fc.assert(
      fc.property(texts, reasons, (texts, reason) => {
        const lines = describeAll(denialOf({ ...texts, reason }))
          .join("")
          .split("\n");
        assert.equal(lines.length, 4);
        for (const line of lines) assert.equal(escapeUntrusted(line), line);
      }),
    );
  });
});
