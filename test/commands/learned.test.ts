import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Invocation } from "../../src/commands/invocation.ts";
import { type LearnedOptions, printLearned } from "../../src/commands/learned.ts";
import { type DecisionEntry, renderEntry } from "../../src/log/entry.ts";
import { Folder } from "../helpers/folder.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";
import { decisionOf } from "../log/entries.ts";

describe("pale learned", () => {
  test("prints what the profiles in this project learned", async () => {
    using world = new LearnedWorld();
    world.log({ host: "here.test" }, { host: "codex.test", profile: "codex", sandbox: "2" });
    world.log({ host: "other.test", project: world.at("home/other"), sandbox: "3" });
    assert.equal(
      (await world.learned({})).replaceAll(/from .* to \S+ \S+/gu, "from A to B"),
      `# learned from A to B in ${world.project}
[profile.claude]
allow = [
  "here.test", # once
]

# learned from A to B in ${world.project}
[profile.codex]
allow = [
  "codex.test", # once
]
`,
    );
  });

  test("prints what a profile learned, in whatever project", async () => {
    using world = new LearnedWorld();
    world.log({ host: "other.test", project: world.at("home/other") });
    world.log({ host: "codex.test", profile: "codex" });
    const text = await world.learned({ profile: "claude" });
    assert.deepEqual(text.split("\n").slice(1), [
      "[profile.claude]",
      "allow = [",
      '  "other.test", # once',
      "]",
      "",
    ]);
  });

  test("says so when nothing was there to learn", async () => {
    using world = new LearnedWorld();
    world.log({ project: world.at("home/other"), sandbox: "1" });
    const hint = "pale run --learn CMD";
    assert.deepEqual(await rejectedUserErrors(world.learned({})), [
      { message: `no session in \`${world.project}\` was there to learn`, hint },
    ]);
    assert.deepEqual(await rejectedUserErrors(world.learned({ profile: "codex", save: true })), [
      { message: "no session with the profile `codex` was there to learn", hint },
    ]);
  });
});

describe("pale learned --save", () => {
  test("adds the hosts to the profile, each once", async () => {
    using world = new LearnedWorld();
    const file = world.write(
      "home/.config/pale/config.toml",
      '[profile.claude]\nallow = ["there.test"] # mine\ndeny = ["*.bad.test"]\n',
    );
    world.log({ host: "new.test", port: 8443 }, { host: "there.test" }, { host: "x.bad.test" });
    assert.equal(
      await world.learned({ save: true }),
      `added new.test:8443 to allow in ~/.config/pale/config.toml:2 ([profile.claude])
there.test is in allow already, in ~/.config/pale/config.toml:2 ([profile.claude])
added x.bad.test to allow in ~/.config/pale/config.toml:2 ([profile.claude])
  but a deny rule beats it: *.bad.test in ~/.config/pale/config.toml:3
`,
    );
    assert.equal(
      readFileSync(file, "utf8"),
      '[profile.claude]\nallow = ["there.test", "new.test:8443", "x.bad.test"] # mine\ndeny = ["*.bad.test"]\n',
    );
  });

  test("adds them for every profile where there was none", async () => {
    using world = new LearnedWorld();
    world.log({ host: "new.test", profile: "default" });
    await world.learned({ save: true });
    const file = world.at("home/.config/pale/config.toml");
    assert.match(readFileSync(file, "utf8"), /^allow = \["new\.test"\]\n$/u);
  });

  test("writes nothing where nothing would have been refused", async () => {
    using world = new LearnedWorld();
    world.log({ rule: "*.example.com" });
    assert.equal(await world.learned({ save: true }), "claude: nothing would have been refused\n");
    assert.ok(!existsSync(world.at("home/.config")));
  });
});

/** A home with a project, and a log of sessions that were there to learn. */
class LearnedWorld extends Folder {
  readonly project = this.directory("home/project");

  constructor() {
    super();
    this.directory("home/project/.git");
    this.directory("home/.local/state/pale");
  }

  log(...entries: Partial<DecisionEntry>[]): void {
    const lines = entries.map((entry) => {
      const learned = { project: this.project, rule: "open", learn: true } as const;
      return renderEntry(decisionOf({ ...learned, ...entry }));
    });
    appendFileSync(this.at("home/.local/state/pale/log"), lines.join(""));
  }

  async learned(options: LearnedOptions): Promise<string> {
    const printed: string[] = [];
    const invocation: Invocation = {
      environment: { HOME: this.at("home") },
      workingDirectory: this.directory("home/project/src"),
      architecture: "x64",
      ids: { uid: 1000, gid: 1000 },
      executable: "/opt/pale",
      print: (text) => printed.push(text),
    };
    await printLearned(invocation, options);
    return printed.join("");
  }
}
