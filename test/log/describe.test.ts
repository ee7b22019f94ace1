import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { describeEntries } from "../../src/log/describe.ts";
import type { LogEntry } from "../../src/log/entry.ts";
import { escapeUntrusted } from "../../src/terminal.ts";
import { BERLIN, decisionOf, denialOf, eventOf } from "./entries.ts";

const NIGHT = { time: "2025-07-01T22:30:00.000Z" };
const HOST = "*.example.com";
const ADDRESS = "93.184.216.34";

const rows: [LogEntry, string][] = [
  [
    decisionOf({ rule: HOST, address: ADDRESS }),
    "2025-11-21 11:50:03  allow       api.example.com:443               proxy  *.example.com, 93.184.216.34                claude",
  ],
  [
    decisionOf({ rule: "open", address: ADDRESS, learn: true }),
    "2025-11-21 11:50:03  allow       api.example.com:443               proxy  open, to learn, 93.184.216.34               claude",
  ],
  [
    denialOf({ door: "dns", port: undefined }),
    "2025-11-21 11:50:03  deny        evil.test                         dns    not-listed                                  claude",
  ],
  [
    denialOf({ door: "tls", port: 8443, profile: "codex" }),
    "2025-11-21 11:50:03  deny        evil.test:8443                    tls    not-listed                                  codex",
  ],
  [
    denialOf({ reason: "denied-by-rule", rule: "*.evil.test", address: ADDRESS }),
    "2025-11-21 11:50:03  deny        evil.test:443                     proxy  denied-by-rule, *.evil.test, 93.184.216.34  claude",
  ],
  [
    denialOf({ reason: "not-public", host: "lan.test", rule: "lan.test", address: "10.0.0.1" }),
    "2025-11-21 11:50:03  deny        lan.test:443                      proxy  not-public, 10.0.0.1                        claude",
  ],
  [
    denialOf({ reason: "ip-literal", door: "socks", host: "::1", port: 80 }),
    "2025-11-21 11:50:03  deny        [::1]:80                          socks  ip-literal                                  claude",
  ],
  [
    denialOf({ reason: "malformed-request", door: "http", host: "", port: undefined }),
    "2025-11-21 11:50:03  deny        -                                 http   malformed-request                           claude",
  ],
  [
    denialOf({ verdict: "failed", reason: "unreachable", rule: HOST }),
    "2025-11-21 11:50:03  failed      evil.test:443                     proxy  unreachable                                 claude",
  ],
  [
    eventOf({ event: "started" }),
    "2025-11-21 11:50:03  started                                                                                          claude",
  ],
  [
    eventOf({ event: "started" }, { learn: true }),
    "2025-11-21 11:50:03  started                                              to learn                                    claude",
  ],
  [
    eventOf({ event: "reload" }),
    "2025-11-21 11:50:03  reload                                               new rules                                   claude",
  ],
  [
    eventOf({ event: "reload", problem: "`x`: no" }),
    "2025-11-21 11:50:03  reload                                               the rules stay: `x`: no                     claude",
  ],
  [
    eventOf({ event: "suppressed", count: 1 }, NIGHT),
    "2025-07-02 00:30:00  suppressed                                           1 line is missing                           claude",
  ],
  [
    eventOf({ event: "suppressed", count: 12 }, NIGHT),
    "2025-07-02 00:30:00  suppressed                                           12 lines are missing                        claude",
  ],
  [
    eventOf({ event: "fault", message: "oh\n" }),
    String.raw`2025-11-21 11:50:03  fault                                                a bug in pale: oh\x0a                       claude`,
  ],
  [
    eventOf({ event: "ended" }),
    "2025-11-21 11:50:03  ended                                                                                            claude",
  ],
];

describe("describeEntries", () => {
  test("says one line for each, in columns", () => {
    const lines = describeEntries(
      rows.map(([entry]) => entry),
      BERLIN,
    );
    assert.deepEqual(
      lines,
      rows.map(([, line]) => line),
    );
  });

  test("lets what is too wide push its own line only", () => {
    const host = `${"a".repeat(60)}.test`;
    const lines = describeEntries([denialOf({ host }), denialOf()], BERLIN);
    assert.deepEqual(lines, [
      `2025-11-21 11:50:03  deny    ${host}:443  proxy  not-listed                claude`,
      "2025-11-21 11:50:03  deny    evil.test:443                                     proxy  not-listed                claude",
    ]);
  });

  test("is in colour only when told so", () => {
    const entries = [
      decisionOf(),
      denialOf(),
      denialOf({ verdict: "failed", reason: "unresolved" }),
      eventOf({ event: "ended" }),
    ];
    const lines = describeEntries(entries, { ...BERLIN, colour: true });
    assert.deepEqual(
      lines.map((line) => /\u001B\[\d+m\w+ *\u001B\[0m/u.exec(line)?.[0]),
      [
        "\u001B[32mallow \u001B[0m",
        "\u001B[31mdeny  \u001B[0m",
        "\u001B[33mfailed\u001B[0m",
        "\u001B[2mended \u001B[0m",
      ],
    );
    const plain = lines.map((line) => line.replaceAll(/\u001B\[\d+m/gu, ""));
    assert.deepEqual(plain, describeEntries(entries, BERLIN));
  });

  test("says nothing of nothing", () => assert.deepEqual(describeEntries([], BERLIN), []));

  test("lets nothing through that acts on a terminal", () => {
    const text = fc.string({ unit: "binary" });
    const texts = fc.record({ host: text, rule: text, address: text, profile: text });
    fc.assert(
      fc.property(texts, text, (texts, message) => {
        const entries = [
          decisionOf(texts),
          denialOf({ ...texts, reason: "denied-by-rule" }),
          eventOf({ event: "fault", message }, { profile: texts.profile }),
          eventOf({ event: "reload", problem: message }),
        ];
        for (const line of describeEntries(entries, BERLIN)) {
          assert.equal(escapeUntrusted(line), line);
        }
      }),
    );
  });
});
