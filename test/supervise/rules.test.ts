import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NetworkGate } from "../../src/plan/plan.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import { decide } from "../../src/proxy/rules.ts";
import { LiveRules, makeRules } from "../../src/supervise/rules.ts";
import type { Reload } from "../../src/supervise/rules.ts";
import { Folder } from "../helpers/folder.ts";

const GATE: NetworkGate = {
  allow: ["a.example"],
  found: ["found.example"],
  deny: ["no.example"],
  open: false,
  learn: false,
  listeners: [],
  publish: [],
  proxies: [],
  logins: [],
};

describe("makeRules", () => {
  test("allows what the policy allows and what was found, and denies what it denies", () => {
    const rules = makeRules({ ...GATE, open: true });
    assert.deepEqual(
      rules.allow.map(({ text }) => text),
      ["a.example", "found.example"],
    );
    assert.deepEqual(
      rules.deny.map(({ text }) => text),
      ["no.example"],
    );
    assert.equal(rules.open, true);
  });

  test("does not take what is no rule for one", () => {
    assert.throws(() => makeRules({ ...GATE, allow: ["*"] }), /`\*`: /u);
  });
});

describe("the rules of a running sandbox", () => {
  test("follow the configuration, file by file", async () => {
    using folder = new Folder();
    const rules = follow(folder, { ...GATE, allow: ["flag.example"], deny: [] });
    const verdict = (host: string) => decide(rules.current(), host, 443).verdict;
    assert.equal(await look(rules), undefined, "nothing has changed");
    assert.equal(verdict("new.example"), "deny");

    folder.write("config/config.toml", 'allow = ["new.example"]\n');
    assert.deepEqual(await look(rules), { kind: "reloaded" });
    assert.equal(verdict("new.example"), "allow");
    assert.equal(verdict("found.example"), "allow", "what was found at the launch stays");

    folder.write("config/profiles/more.toml", '[profile.agent]\ndeny = ["new.example"]\n');
    assert.deepEqual(await look(rules), { kind: "reloaded" });
    assert.equal(verdict("new.example"), "deny");
    assert.equal(await look(rules), undefined);
  });

  test("stay as they are when the configuration has an error, and follow it when it is mended", async () => {
    using folder = new Folder();
    const rules = follow(folder);
    folder.write("config/config.toml", 'allow = ["new.example"]\n');
    await look(rules);
    const before = rules.current();
    folder.write("config/config.toml", 'allow = ["*"]\n');
    const refused = await look(rules);
    assert.equal(refused?.kind, "refused");
    assert.match(String(refused?.kind === "refused" && refused.error), /the open mode/u);
    assert.equal(rules.current(), before);
    folder.write("config/config.toml", 'allow = ["newer.example"]\n');
    assert.deepEqual(await look(rules), { kind: "reloaded" });
    assert.equal(decide(rules.current(), "newer.example", 443).verdict, "allow");
    assert.equal(decide(rules.current(), "new.example", 443).verdict, "deny");
  });

  test("do not follow a file that is being written", async () => {
    using folder = new Folder();
    const rules = follow(folder, { ...GATE, allow: ["flag.example"], deny: [] });
    folder.write("config/config.toml", 'deny = ["x.example"]\n');
    await look(rules);
    folder.write("config/config.toml", "");
    assert.equal(await rules.refresh(), undefined);
    assert.equal(decide(rules.current(), "x.example", 443).verdict, "deny");
    assert.ok(rules.current().deny.length > 0, "still in force");
    folder.write("config/config.toml", 'deny = ["x.example"]\n# more\n');
    assert.equal(await rules.refresh(), undefined);
    assert.deepEqual(await rules.refresh(), { kind: "reloaded" });
    assert.ok(rules.current().deny.length > 0);
  });

  test("keep those of the command line, and stay open when they were", async () => {
    using folder = new Folder();
    const rules = follow(folder, { ...GATE, open: true });
    folder.write("config/config.toml", 'deny = ["x.example"]\n');
    assert.deepEqual(await look(rules), { kind: "reloaded" });
    assert.equal(decide(rules.current(), "any.example", 443).verdict, "allow");
    assert.equal(decide(rules.current(), "x.example", 443).verdict, "deny");
    assert.ok(rules.current().allow.some(({ text }) => text === "flag.example"));
  });
});

/** Twice: what has changed since the look before may still be changing. */
async function look(rules: LiveRules): Promise<Reload | undefined> {
  return (await rules.refresh()) ?? (await rules.refresh());
}

function follow(folder: Folder, gate: NetworkGate = GATE): LiveRules {
  const layer = { ...EMPTY_LAYER, allow: [{ value: "flag.example", origin: "--allow" }] };
  return new LiveRules(gate, {
    choice: { kind: "user", directory: folder.at("config") },
    cache: folder.at("cache"),
    request: {
      profile: undefined,
      command: "agent",
      layer,
      home: "/home/ada",
      project: "/home/ada/project",
    },
  });
}
