import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LogEntry } from "../../src/log/entry.ts";
import type { Chain } from "../../src/running/chain.ts";
import { findCgroup, planEntering } from "../../src/running/enter.ts";
import { describeSandbox } from "../../src/running/describe.ts";
import type { Sandbox } from "../../src/running/find.ts";
import { groupMounts } from "../../src/running/mounts.ts";
import { summarizeNetwork } from "../../src/running/network.ts";
import { parseStat, toDate } from "../../src/running/process.ts";
import { selectSandbox, selectSandboxes } from "../../src/running/select.ts";
import { parseResident } from "../../src/running/use.ts";

const CHAIN: Chain = {
  filter: "/cache/filter",
  mounts: [],
  overlays: [],
  isNetworkOwn: true,
  terminalFilter: false,
  workingDirectory: "/work/one",
  variables: { LD_PRELOAD: "late" },
  limits: [],
  command: { path: "/usr/bin/agent", argv: ["agent"] },
};

function sandboxOf(changes: Partial<Sandbox> = {}): Sandbox {
  const outer = { pid: 40, parent: 1, state: "S", start: "100" };
  return {
    id: 40,
    outer,
    inner: { pid: 42, parent: 41, state: "S", start: "123" },
    parts: [outer],
    since: new Date("2026-01-01T10:00:00Z"),
    profile: "claude",
    project: "/work/one",
    network: "none",
    gate: undefined,
    chain: CHAIN,
    environment: { HOME: "/home/ada", LD_PRELOAD: "early" },
    ...changes,
  };
}

describe("/proc/PID/stat", () => {
  const rest = "S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 5555 99 3 4";
  for (const name of ["sh", "a b", ") R 1 (", "\n) Z 9"]) {
    test(`is read whatever the process calls itself: ${JSON.stringify(name)}`, () => {
      const expected = { pid: 12, parent: 7, state: "S", start: "5555" };
      assert.deepEqual(parseStat(`12 (${name}) ${rest}\n`), expected);
    });
  }

  test("that is cut off is none", () => {
    assert.equal(parseStat(""), undefined);
    assert.equal(parseStat("12 (sh) S 7"), undefined);
  });

  test("counts in hundredths of a second", () => {
    assert.equal(toDate("250", 1000).toISOString(), "1970-01-01T00:16:42.500Z");
  });

  test("memory is counted in bytes", () => {
    assert.equal(parseResident("VmPeak:\t 9 kB\nVmRSS:\t    12 kB\n"), 12_288);
    assert.equal(parseResident("Name:\tVmRSS: 12 kB\n"), 0);
  });
});

describe("what a command of pale exec is started with", () => {
  test("is the agent's environment, and the first process by number and start", () => {
    const { argv, environment, kept } = planEntering(sandboxOf(), ["ls", "-l"], "/cache/init");
    const words = [
      "/cache/init",
      "enter",
      "42",
      "123",
      "/cache/filter",
      "/work/one",
      "--",
      "ls",
      "-l",
    ];
    assert.deepEqual(argv, words);
    assert.deepEqual(environment, { HOME: "/home/ada", LD_PRELOAD: "late", PWD: "/work/one" });
    assert.deepEqual(kept, []);
  });

  test("is filtered where the sandbox is", () => {
    const { chain, ...rest } = sandboxOf();
    assert.ok(chain);
    const filtered = { ...rest, chain: { ...chain, terminalFilter: true } };
    const { argv } = planEntering(filtered, ["ls"], "/cache/init");
    assert.deepEqual(argv.slice(-4), ["/work/one", "--terminal", "--", "ls"]);
  });

  test("is not guessed for a sandbox of another version", () => {
    const sandbox = sandboxOf({ chain: undefined });
    assert.throws(() => planEntering(sandbox, ["ls"], "/cache/init"), {
      message: "sandbox `40` was started by another version of pale",
      hint: "end it with: pale stop 40",
    });
  });
});

describe("the control group of a sandbox", () => {
  const own = "12:cpu:/\n0::/user.slice/session-1.scope\n";
  const cases: [string, string, string | undefined][] = [
    [
      "was made for its limit",
      "1:x:/y\n0::/user.slice/a.scope/pale-40\n",
      "/user.slice/a.scope/pale-40",
    ],
    ["was made for another one", "0::/user.slice/a.scope/pale-4\n", undefined],
    ["is the caller's own", own, undefined],
    ["is not known", "", undefined],
  ];
  for (const [title, theirs, expected] of cases) {
    test(`that ${title}`, () => assert.equal(findCgroup(40, { theirs, own }), expected));
  }

  test("is not joined twice", () => {
    const theirs = "0::/pale-40\n";
    assert.equal(findCgroup(40, { theirs, own: theirs }), undefined);
  });
});

describe("the sandbox that is meant", () => {
  const one = sandboxOf();
  const other = sandboxOf({ id: 50, project: "/work/other" });

  test("is the one of the project, or the only one", () => {
    assert.equal(selectSandbox([one, other], undefined, "/work/one/src"), one);
    assert.equal(selectSandbox([one], undefined, "/elsewhere"), one);
    assert.equal(selectSandbox([one, other], "50", "/work/one"), other);
    assert.equal(selectSandbox([one, other], "../other", "/work/one"), other);
  });

  test("is asked for where it is not clear", () => {
    const expected = {
      message: "2 sandboxes are running: say which",
      hint: "there are: 40 (agent in /work/one), 50 (agent in /work/other)",
    };
    assert.throws(() => selectSandbox([one, other], undefined, "/elsewhere"), expected);
    assert.throws(() => selectSandboxes([one], "4", "/work/one"), {
      message: "no sandbox `4` is running",
    });
    assert.throws(() => selectSandboxes([], undefined, "/"), { message: "no sandbox is running" });
  });
});

describe("what the log says of a sandbox", () => {
  const who = { profile: "claude", project: "/work/one" };
  const decide = (
    time: string,
    [sandbox, host]: [string, string],
    verdict: "allow" | "deny" = "deny",
  ): LogEntry => ({
    ...who,
    sandbox,
    time,
    door: "proxy",
    host,
    port: 443,
    verdict,
    ...(verdict === "deny" && { reason: "not-listed" }),
  });
  const publish = (event: "published" | "withdrawn", port: number): LogEntry => ({
    ...who,
    sandbox: "40-abcd",
    time: "2026-01-01T10:00:09.000Z",
    event,
    sandboxPort: port,
    hostPort: port,
  });

  test("is what it did itself, and not another one with its number before", () => {
    const later = "2026-01-01T10:00:05.000Z";
    const use = summarizeNetwork(sandboxOf(), [
      decide("2026-01-01T09:00:00.000Z", ["40-aaaa", "before.example"]),
      decide(later, ["40-abcd", "good.example"], "allow"),
      decide(later, ["40-abcd", "good.example"], "allow"),
      decide(later, ["40-abcd", "bad.example"]),
      decide(later, ["401-abcd", "stranger.example"]),
      publish("published", 3000),
      publish("published", 4000),
      publish("withdrawn", 3000),
    ]);
    assert.deepEqual(use.reached, ["good.example:443"]);
    assert.deepEqual(use.denied, ["bad.example:443"]);
    assert.deepEqual(use.published, [{ sandboxPort: 4000, hostPort: 4000 }]);
    assert.match(use.refusals.join("\n"), /pale allow bad\.example/u);
    assert.equal(use.refusals.length, 1);
  });
});

describe("mounts", () => {
  test("are grouped by what can be done, without what pale brings itself", () => {
    const many = ["a", "b", "c", "d", "e"].map((name) => {
      return { kind: "ro" as const, source: `/etc/${name}`, destination: `/etc/${name}` };
    });
    const groups = groupMounts(
      {
        ...CHAIN,
        overlays: [{ lower: "/work/two", merged: "/store/merged" }],
        mounts: [
          ...many,
          { kind: "rw", source: "/work/one", destination: "/work/one" },
          { kind: "rw", source: "/store/merged", destination: "/work/two" },
          { kind: "ro", source: "/host", destination: "/inside" },
          { kind: "ro", source: "/dev/null", destination: "/work/one/.envrc" },
          { kind: "ro", source: "/cache/files/nothing", destination: "/work/one/.vscode" },
          { kind: "ro", source: "/cache/files/etc-passwd-12", destination: "/etc/passwd" },
          { kind: "ro", source: "/bin/pale", destination: "/run/pale/pale" },
          { kind: "link", target: "usr/bin", destination: "/bin" },
          { kind: "private", destination: "/tmp" },
        ],
      },
      "/cache",
    );
    assert.deepEqual(groups, [
      { title: "writable", places: ["/work/one"] },
      { title: "overlays", places: ["/work/two"] },
      { title: "read-only", places: ["/etc: a b c d e", "/inside (/host)"] },
      {
        title: "hidden, or kept from being made",
        places: ["/work/one/.envrc", "/work/one/.vscode"],
      },
      { title: "private", places: ["/tmp"] },
    ]);
  });
});

describe("everything about a sandbox", () => {
  const names = Array.from({ length: 20 }, (_, index) => `name-${index}`);
  const mounts = names.map((name) => {
    return { kind: "ro" as const, source: `/etc/${name}`, destination: `/etc/${name}` };
  });
  const argv = Array.from({ length: 20 }, (_, index) => `word-${index}`);
  const chain = { ...CHAIN, mounts, command: { path: "/bin/x", argv } };
  const network = { reached: [], denied: [], published: [], refusals: [] };
  const status = { sandbox: sandboxOf({ chain }), network, processes: [] };
  const places = { home: "/home/ada", cache: "/cache", log: "/log", timeZone: "UTC" };

  test("goes on below itself on a terminal", () => {
    const text = describeSandbox(status, { ...places, columns: 60 });
    for (const line of text.split("\n")) assert.ok(line.length <= 60, line);
    assert.match(text, /^ {2}command +word-0 .*\n {13}word-\d+ /mu);
    assert.match(text, /^ {2}\/etc: name-0 .*\n {4}name-\d+ /mu);
    const unwrapped = text.replaceAll(/\n {4,}/gu, " ");
    assert.equal(unwrapped, describeSandbox(status, places));
  });

  test("has a line for each fact elsewhere", () => {
    const text = describeSandbox(status, places);
    assert.ok(text.includes(`  /etc: ${names.join(" ")}\n`), text);
    assert.ok(text.includes(`  ${argv.join(" ")}\n`), text);
  });
});
