import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import type { DecisionEntry, LogEntry } from "../../src/log/entry.ts";
import { collectLearned, renderLearned } from "../../src/log/learned.ts";
import { escapeUntrusted } from "../../src/terminal.ts";
import { BERLIN, decisionOf, denialOf, eventOf } from "./entries.ts";

const LATER = "2025-11-21T11:20:00.000Z";

function learned(changes: Partial<DecisionEntry> = {}): DecisionEntry {
  return decisionOf({ rule: "open", address: "93.184.216.34", learn: true, ...changes });
}

function render(...entries: LogEntry[]): string {
  return collectLearned(entries)
    .map((each) => renderLearned(each, BERLIN))
    .join("\n");
}

function parsePlain(toml: string): unknown {
  return JSON.parse(JSON.stringify(parse(toml)));
}

describe("what was learned", () => {
  test("is the hosts that would have been refused, each once", () => {
    const text = render(
      eventOf({ event: "started" }, { learn: true }),
      learned({ host: "web.test" }),
      learned({ host: "api.test", port: 443 }),
      learned({ host: "api.test", port: 80 }),
      learned({ host: "api.test", port: 8443 }),
      learned({ host: "2001:db8::1", port: 443 }),
      learned({ host: "[2001:db8::1]", port: 22 }),
      learned({ host: "1.2.3.4", port: 22, time: LATER }),
    );
    assert.equal(
      text,
      `# learned from 2025-11-21 11:50:03 to 2025-11-21 12:20:00 in /home/ada/project
[profile.claude]
allow = [
  "1.2.3.4:22", # once
  "[2001:db8::1]", # once
  "[2001:db8::1]:22", # once
  "api.test", # 2 times
  "api.test:8443", # once
  "web.test", # once
]
`,
    );
  });

  test("is nothing that was allowed, refused or failed all the same", () => {
    const text = render(
      learned({ rule: "*.example.com" }),
      learned({ verdict: "deny", reason: "not-public" }),
      learned({ verdict: "failed", reason: "unreachable" }),
      learned({ port: undefined }),
      learned({ host: "xn--a" }),
      { ...denialOf(), learn: true },
    );
    assert.equal(
      text,
      `# learned from 2025-11-21 11:50:03 to 2025-11-21 11:50:03 in /home/ada/project
# nothing would have been refused
[profile.claude]
allow = []
`,
    );
  });

  test("is from the last session of each profile that was there to learn", () => {
    const text = render(
      learned({ sandbox: "1", host: "old.test" }),
      learned({ sandbox: "2", host: "codex.test", profile: "codex" }),
      learned({ sandbox: "3", host: "new.test" }),
      learned({ sandbox: "5", host: "all.test", profile: "default" }),
      { ...decisionOf({ sandbox: "4", host: "open.test", rule: "open" }) },
    );
    assert.deepEqual(parsePlain(text), {
      allow: ["all.test"],
      profile: { claude: { allow: ["new.test"] }, codex: { allow: ["codex.test"] } },
    });
  });

  test("says when lines are missing", () => {
    const missing = eventOf({ event: "suppressed", count: 4 }, { learn: true });
    const [, line] = render(missing, learned(), missing).split("\n");
    assert.equal(line, "# not complete: 8 lines are missing, too many came at once");
  });

  test("is for every profile where there was none", () => {
    assert.deepEqual(parsePlain(render(learned({ profile: "default" }))), {
      allow: ["api.example.com"],
    });
  });

  test("is nothing where nothing was learned", () => {
    assert.deepEqual(collectLearned([]), []);
    assert.deepEqual(collectLearned([decisionOf({ rule: "open" }), denialOf()]), []);
  });

  test("is TOML that says that and no more, whatever is in the log", () => {
    const text = fc.string({ unit: "binary" });
    const printable = text.filter((text) => escapeUntrusted(text) === text);
    fc.assert(
      fc.property(fc.oneof(text, fc.domain()), printable, text, (host, profile, project) => {
        const toml = render(learned({ host, profile, project }));
        const { allow, profile: tables, ...rest } = parse(toml);
        assert.deepEqual(rest, {});
        if (profile === "default") return assert.ok(Array.isArray(allow));
        assert.deepEqual(Object.keys(tables ?? {}), [profile]);
        for (const line of toml.trimEnd().split("\n")) assert.equal(escapeUntrusted(line), line);
      }),
    );
  });
});
