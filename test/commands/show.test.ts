import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { describe, test } from "node:test";
import { showPolicy } from "../../src/commands/show.ts";
import type { ShowOptions } from "../../src/commands/show.ts";
import { Folder } from "../helpers/folder.ts";
import { invocationIn } from "../helpers/invocation.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";

class ShowWorld extends Folder {
  constructor(config: string) {
    super();
    mkdirSync(this.at("work/.git"), { recursive: true });
    this.write(".config/pale/config.toml", config);
  }

  async show(options: Partial<ShowOptions> = {}): Promise<string> {
    let printed = "";
    const invocation = invocationIn(this, (text) => (printed += text));
    await showPolicy(invocation, { runArguments: [], ...options });
    return printed;
  }
}

const CONFIG = `mounts = [{ host = "~/notes" }]
[profile.base]
registries = ["npm"]
[profile.tool]
uses = ["base"]
network = "filtered"
allow = ["a.test"]
env.pass = ["TOKEN"]
env.set = { MODE = "fast" }
mounts = [{ host = "~/.tool", access = "rw", create = true }]
`;

describe("pale show", () => {
  test("without a profile prints what holds for every command", async () => {
    using world = new ShowWorld(CONFIG);
    assert.equal(
      await world.show(),
      `profile default  # no profile has the command's name

network
  network  filtered  # pale's default

mounts
  mode  allowlist  # pale's default
  ro    ~/notes    # ~/.config/pale/config.toml:1

environment
  git_identity  false  # pale's default

system calls
  seccomp  true  # pale's default

terminal
  terminal_filter  false  # pale's default
`,
    );
  });

  test("prints a profile by group, with the profiles that it uses and the options of run", async () => {
    using world = new ShowWorld(CONFIG);
    const runArguments = ["--allow", "b.test", "--rw", "/srv", "-e", "MODE=slow"];
    assert.equal(
      await world.show({ profile: "tool", runArguments }),
      `profile tool  # --profile

profiles
  uses  base  # ~/.config/pale/config.toml:5

network
  network  filtered  # ~/.config/pale/config.toml:6

hosts
  allow       a.test  # ~/.config/pale/config.toml:7
  allow       b.test  # --allow
  registries  npm     # ~/.config/pale/config.toml:3, by way of tool > base

mounts
  mode  allowlist                    # pale's default
  ro    ~/notes                      # ~/.config/pale/config.toml:1
  rw    ~/.tool (made when missing)  # ~/.config/pale/config.toml:10
  rw    /srv                         # --rw

environment
  pass          TOKEN      # ~/.config/pale/config.toml:8
  set           MODE=fast  # ~/.config/pale/config.toml:9, replaced by a later one
  set           MODE=slow  # --env
  git_identity  false      # pale's default

system calls
  seccomp  true  # pale's default

terminal
  terminal_filter  false  # pale's default
`,
    );
  });

  test("takes the command's profile, as a launch does", async () => {
    using world = new ShowWorld(CONFIG);
    const text = await world.show({ runArguments: ["tool"] });
    assert.match(text, /^profile tool {2}# the command's name\n/u);
  });

  test("--json gives the same as data, each value as it is", async () => {
    using world = new ShowWorld(CONFIG);
    const data = JSON.parse(await world.show({ profile: "tool", json: true }));
    assert.deepEqual(data.profile, { value: "tool", origin: "--profile" });
    const file = world.at(".config/pale/config.toml");
    assert.deepEqual(data.hosts[0], {
      key: "allow",
      value: "a.test",
      origin: `${file}:7`,
      via: ["tool"],
      replaced: false,
    });
    assert.deepEqual(data.mounts[2].value, {
      host: "~/.tool",
      access: "rw",
      missing: "create-directory",
    });
    assert.deepEqual(data.environment[0].value, { kind: "pass", name: "TOKEN" });
    assert.ok(Array.isArray(data.system_calls));
  });

  test("prints nothing that acts on a terminal, and keeps it in the data", async () => {
    using world = new ShowWorld('[profile.t]\nenv.set = { A = "\\u001b]0;x\\u0007\\u202e" }\n');
    const text = await world.show({ profile: "t" });
    assert.match(text, /set +A=\\x1b\]0;x\\x07\\u202e/u);
    const json = await world.show({ profile: "t", json: true });
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text + json, /[\u001B\u0007\u202E]/u);
    const data = JSON.parse(json);
    assert.equal(data.environment[0].value.value, "\u001B]0;x\u0007\u202E");
  });

  test("refuses what a launch would refuse", async () => {
    using world = new ShowWorld(CONFIG);
    assert.deepEqual(await rejectedUserErrors(world.show({ profile: "tol" })), [
      { message: "unknown profile `tol`", origin: "--profile", hint: "did you mean `tool`?" },
    ]);
    assert.deepEqual(await rejectedUserErrors(world.show({ runArguments: ["--alow", "x"] })), [
      { message: "unknown option `--alow`", hint: "did you mean `--allow`?" },
    ]);
    const two = world.show({ profile: "tool", runArguments: ["--profile", "npm"] });
    assert.deepEqual(await rejectedUserErrors(two), [
      {
        message: "`tool` and `npm` are two profiles",
        origin: "--profile",
        hint: "ask about one of them, and name what it should build on: --uses NAME",
      },
    ]);
  });
});
