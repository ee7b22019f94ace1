import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { CASES } from "../../src/selftest/cases.ts";
import type { Result } from "../../src/selftest/judge.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

function selftest(world: World, flags: readonly string[] = [], profile?: string) {
  const env = { XDG_RUNTIME_DIR: world.home };
  const chosen = profile === undefined ? [] : ["--profile", profile];
  const words = ["selftest", "--json", ...chosen, "--", ...flags];
  const { status, stdout, stderr } = world.pale(words, { env });
  assert.equal(stderr, "");
  const results = JSON.parse(stdout) as Result[];
  const list = (wanted: Result["verdict"]) =>
    results.filter(({ verdict }) => verdict === wanted).map(({ act }) => act);
  return { status, ok: list("ok"), fail: list("fail"), skipped: list("skipped") };
}

const PROXY = ["proxy-unlisted", "proxy-address", "proxy-metadata", "proxy-other-name"];

describe("pale selftest", () => {
  test("finds nothing open in a filtered sandbox, and leaves nothing behind", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "unshare")) return;
    using world = new World();
    const { status, ok, fail, skipped } = selftest(world);
    assert.deepEqual(fail, []);
    // A machine without a network has no way to these two, outside either.
    const rest = skipped.filter((act) => act !== "lan" && act !== "metadata");
    assert.deepEqual(rest, []);
    assert.equal(ok.length + skipped.length, CASES.length);
    assert.equal(status, 0);
    assert.ok(!readdirSync(world.home).some((name) => name.startsWith(".pale-selftest")));
  });

  for (const profile of ["claude", "codex", "pi"]) {
    test(`finds nothing open with the profile ${profile}, every case with its control`, (t) => {
      if (!requireSandbox(t) || !requireTool(t, "unshare")) return;
      using world = new World();
      const { status, ok, fail, skipped } = selftest(world, [], profile);
      assert.deepEqual(fail, []);
      assert.deepEqual(
        skipped.filter((act) => act !== "lan" && act !== "metadata"),
        [],
      );
      assert.deepEqual([...ok, ...skipped].sort(), CASES.map(({ act }) => act).sort());
      for (const { act, controls } of CASES) assert.notEqual(controls.length, 0, act);
      assert.equal(status, 0);
    });
  }

  test("prints a table", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stdout } = world.pale(["selftest", "--profile", "claude"]);
    assert.match(stdout, /^ok +read a file of your home +ENOENT$/mu);
    assert.match(stdout, /^\d+ refused, 0 not refused, \d+ skipped$/mu);
  });

  for (const [flags, open] of [
    [
      ["--network", "open"],
      ["proxy-unlisted", "proxy-other-name", "names-unlisted"],
    ],
    [["--no-seccomp"], ["clone-three"]],
    [["--env", "PALE_SELFTEST_SECRET"], ["environment"]],
    [["--unprotect", ".envrc"], ["envrc-write"]],
  ] as const) {
    test(`notices what is open with ${flags.join(" ")}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const { status, fail } = selftest(world, flags);
      assert.deepEqual(fail, open);
      assert.equal(status, 1);
    });
  }

  test("notices the host's network, and has no proxy to try there", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { status, fail, skipped } = selftest(world, ["--network", "host"]);
    const rest = fail.filter((act) => act !== "lan" && act !== "metadata");
    assert.deepEqual(rest, ["abstract-socket", "loopback", "udp"]);
    for (const act of PROXY) assert.ok(skipped.includes(act), act);
    assert.equal(status, 1);
  });

  test("says what cannot be tried without a network", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { status, fail, skipped } = selftest(world, ["--network", "none"]);
    assert.deepEqual(fail, []);
    for (const act of [...PROXY, "names-unlisted"]) assert.ok(skipped.includes(act), act);
    assert.equal(status, 0);
  });
});
