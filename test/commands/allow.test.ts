import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { parse } from "smol-toml";
import { changeRules } from "../../src/commands/allow.ts";
import type { ScopeOptions } from "../../src/commands/allow.ts";
import { writeConfiguration } from "../../src/config/write.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";

const FILE = ".config/pale/config.toml";

/** A home for one test, with a project in it, and what the command prints. */
class Home extends Folder {
  readonly file = this.at(FILE);
  readonly project = this.directory("work/a b");
  workingDirectory = this.directory("work/a b/src");
  environment: Record<string, string> = {};

  constructor() {
    super();
    this.directory("work/a b/.git");
  }

  configure(text: string, mode = 0o644): string {
    return this.write(FILE, text, mode);
  }

  read(name = FILE): string {
    return readFileSync(this.at(name), "utf8");
  }

  /** `pale allow`, in the project; the lines that it prints. */
  allow(hosts: string[], options: ScopeOptions = {}): Promise<string[]> {
    return this.change("allow", hosts, options);
  }

  async change(list: "allow" | "deny", hosts: string[], options: ScopeOptions): Promise<string[]> {
    let printed = "";
    const invocation = {
      environment: { HOME: this.path, ...this.environment },
      workingDirectory: this.workingDirectory,
      architecture: "x64",
      ids: { uid: 1000, gid: 1000 },
      executable: "/opt/pale",
      print: (text: string) => {
        printed += text;
      },
    };
    await changeRules(invocation, list, { hosts, ...options });
    return printed.trimEnd().split("\n");
  }
}

describe("pale allow, pale deny", () => {
  test("make the file, for its owner alone, where there is none", async () => {
    using home = new Home();
    const printed = await home.allow(["api.example.com"]);
    assert.deepEqual(printed, [
      "added api.example.com to allow in ~/.config/pale/config.toml:1 (every profile)",
    ]);
    assert.equal(home.read(), `allow = ["api.example.com"]\n`);
    assert.equal(statSync(home.file).mode & 0o777, 0o600);
    assert.equal(statSync(home.at(".config/pale")).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(home.at(".config/pale")), ["config.toml"]);
  });

  test("add several at once, in their normal form, each once", async () => {
    using home = new Home();
    home.configure("# mine\nnetwork = 'none'\n\n# next\n[profile.pi]\n");
    const printed = await home.change(
      "deny",
      ["*.Example.com:22", "[::1]", "*.example.com:22"],
      {},
    );
    assert.equal(
      home.read(),
      `# mine\nnetwork = 'none'\ndeny = ['*.example.com:22', '[::1]']\n\n# next\n[profile.pi]\n`,
    );
    assert.deepEqual(printed, [
      "added *.example.com:22 to deny in ~/.config/pale/config.toml:3 (every profile)",
      "added [::1] to deny in ~/.config/pale/config.toml:3 (every profile)",
    ]);
  });

  test("add to a profile, below what it has, and say what is there already", async () => {
    using home = new Home();
    home.configure(`[profile.claude]\nallow = [\n  "A.example", # a\n]\n`);
    const [added, own, shipped] = await home.allow(
      ["b.example", "a.example", "api.anthropic.com"],
      { profile: "claude" },
    );
    const scope = "([profile.claude])";
    assert.equal(added, `added b.example to allow in ~/${FILE}:4 ${scope}`);
    assert.equal(own, `a.example is in allow already, in ~/${FILE}:3 ${scope}`);
    assert.match(shipped ?? "", /^api.anthropic.com is in allow already, in pale:.*claude.toml:/u);
    assert.equal(
      home.read(),
      `[profile.claude]\nallow = [\n  "A.example", # a\n  "b.example",\n]\n`,
    );
  });

  test("write nothing when there is nothing to add", async () => {
    using home = new Home();
    home.configure(`allow = ["a.example"]\n`, 0o444);
    const before = lstatSync(home.file).ino;
    await home.allow(["a.example"]);
    assert.equal(lstatSync(home.file).ino, before);
    await home.allow(["api.anthropic.com"], { profile: "claude" });
    assert.equal(lstatSync(home.file).ino, before);
    chmodSync(home.file, 0o644);
    await home.allow(["b.example"]);
    assert.notEqual(lstatSync(home.file).ino, before, "control");
  });

  test("choose the file that has the list, then that with the table, then config.toml", async () => {
    using home = new Home();
    home.configure(`[profile.one]\nseccomp = true\n[profile.two]\n`);
    home.write(".config/pale/profiles/a.toml", `[profile.one]\nallow = []\n[profile.three]\n`);
    const rows = [
      ["one", "profiles/a.toml:2"],
      ["two", "config.toml:4"],
      ["three", "profiles/a.toml:4"],
      ["pi", "config.toml:7"],
    ] as const;
    for (const [profile, place] of rows) {
      assert.deepEqual(await home.allow(["x.example"], { profile }), [
        `added x.example to allow in ~/.config/pale/${place} ([profile.${profile}])`,
      ]);
    }
    await home.allow(["x.example"]);
    assert.match(home.read(), /^allow = \["x.example"\]\n\n\[profile.one\]\n/u);
  });

  test("add to the project of the working directory, by the name that it has", async () => {
    using home = new Home();
    const name = `[project."${home.project}"]`;
    assert.deepEqual(await home.allow(["x.example"], { project: true }), [
      `added x.example to allow in ~/.config/pale/config.toml:2 (${name})`,
    ]);
    assert.equal(home.read(), `${name}\nallow = ["x.example"]\n`);
    home.configure(`[project."~/work/a b"]\nseccomp = true\n`);
    await home.allow(["x.example"], { project: true });
    assert.equal(home.read(), `[project."~/work/a b"]\nseccomp = true\nallow = ["x.example"]\n`);
  });

  test("say which deny rule beats what is allowed", async () => {
    using home = new Home();
    home.configure(`deny = ["*.example"]
[profile.base]
deny = ["b.test", "c.test:443", "x.test"]
[profile.mine]
uses = ["base"]
deny = ["a.test"]
`);
    const beaten = async (rule: string, options: ScopeOptions = {}) => {
      const [, warning] = await home.allow([rule], options);
      return /beats it: (.*) in .*config.toml:(\d)$/u
        .exec(warning ?? "")
        ?.slice(1)
        .join(" line ");
    };
    const profile = "mine";
    assert.equal(await beaten("x.example"), "*.example line 1");
    assert.equal(await beaten("*.x.example:22"), "*.example line 1");
    assert.equal(await beaten("example"), undefined);
    assert.equal(await beaten("a.test"), undefined, "denied in a profile only");
    home.configure(home.read().replace(/^allow = .*\n/mu, ""));
    assert.equal(await beaten("x.example", { profile }), "*.example line 1");
    assert.equal(await beaten("a.test", { profile }), "a.test line 6");
    assert.equal(await beaten("b.test:22", { profile }), "b.test line 3");
    assert.equal(await beaten("*.b.test", { profile }), undefined);
    assert.equal(await beaten("*.test", { profile }), undefined, "one of many");
    assert.equal(await beaten("c.test", { profile }), undefined, "one of two ports");
    assert.equal(await beaten("c.test:443", { profile }), "c.test:443 line 3");
    assert.deepEqual(
      (await home.change("deny", ["x.example"], { profile })).length,
      1,
      "no such line for deny",
    );
  });

  test("show no control character of a path", async () => {
    using home = new Home();
    home.write("xdg\u001B[31m/pale/config.toml", "");
    home.environment = { XDG_CONFIG_HOME: home.at("xdg\u001B[31m") };
    const [line] = await home.allow(["x.example"]);
    assert.match(line ?? "", /~\/xdg\\x1b\[31m\/pale/u);
  });
});

describe("pale allow refuses, and leaves the file alone,", () => {
  const text = `allow = ["a.example"] # mine\n`;

  async function refuse(hosts: string[], options: ScopeOptions, file = text) {
    using home = new Home();
    home.configure(file);
    const errors = await rejectedUserErrors(home.allow(hosts, options));
    assert.equal(home.read(), file);
    return errors.map((error) => ({
      ...error,
      ...(error.origin !== undefined && { origin: error.origin.replace(home.file, "FILE") }),
    }));
  }

  test("rules that are none, all of them", async () => {
    const errors = await refuse(["b.example", "https://c.example", "d.example:0", "*"], {});
    assert.deepEqual(
      errors.map(({ message }) => message.replace(/: .*$/u, "")),
      ["`https://c.example`", "`d.example:0`", "`*`"],
    );
    assert.equal(errors[1]?.message, "`d.example:0`: the port must be a number from 1 to 65535");
  });

  test("a profile that is not there", async () => {
    assert.deepEqual(await refuse(["b.example"], { profile: "claud" }), [
      {
        message: "unknown profile `claud`",
        origin: "--profile",
        hint: "did you mean `claude`?",
      },
    ]);
    assert.equal((await refuse(["b.example"], { profile: "toString" })).length, 1);
  });

  test("a profile and the project together", async () => {
    const [error] = await refuse(["b.example"], { profile: "claude", project: true });
    assert.equal(error?.message, "`--profile` and `--project` do not go together");
  });

  test("a configuration that does not compile", async () => {
    const [error] = await refuse(["b.example"], {}, "\nallowed = []\n");
    assert.deepEqual(error, {
      message: "unknown key `allowed`",
      origin: "FILE:2",
      hint: "did you mean `allow`?",
    });
  });

  test("one that would not compile any more", async () => {
    using home = new Home();
    home.configure(text);
    home.workingDirectory = home.directory("work/tab\there");
    const [error] = await rejectedUserErrors(home.allow(["b.example"], { project: true }));
    assert.match(error?.message ?? "", /must not hold control characters$/u);
    assert.equal(home.read(), text);
  });
});

describe("the file that pale allow writes", () => {
  test("keeps its mode", async () => {
    using home = new Home();
    home.configure("");
    chmodSync(home.file, 0o640);
    await home.allow(["x.example"]);
    assert.equal(statSync(home.file).mode & 0o7777, 0o640);
    assert.equal(home.read(), `allow = ["x.example"]\n`);
  });

  test("is where links lead; they stay", async () => {
    using home = new Home();
    home.write("dotfiles/pale/real.toml", "seccomp = true\n", 0o600);
    home.link("dotfiles/pale/config.toml", "real.toml");
    home.link(".config/pale", "../dotfiles/pale");
    await home.allow(["x.example"]);
    assert.equal(readlinkSync(home.at(".config/pale")), "../dotfiles/pale");
    assert.equal(readlinkSync(home.file), "real.toml");
    assert.equal(home.read("dotfiles/pale/real.toml"), `seccomp = true\nallow = ["x.example"]\n`);
    assert.deepEqual(readdirSync(home.at("dotfiles/pale")).sort(), ["config.toml", "real.toml"]);
  });

  test("is made where a link to a missing directory leads", async () => {
    using home = new Home();
    home.link(".config/pale", "../dotfiles/pale");
    await home.allow(["x.example"]);
    assert.equal(home.read("dotfiles/pale/config.toml"), `allow = ["x.example"]\n`);
    assert.equal(readlinkSync(home.at(".config/pale")), "../dotfiles/pale");
  });

  test("is not made in place of a link that leads nowhere", async () => {
    using home = new Home();
    home.link(FILE, "missing.toml");
    const [error] = await rejectedUserErrors(home.allow(["x.example"]));
    assert.equal(error?.message, `cannot read the configuration \`${home.file}\``);
    assert.equal(readlinkSync(home.file), "missing.toml");
  });

  test("is never anything but a file", () => {
    using folder = new Folder();
    const directory = folder.directory("config.toml");
    assert.deepEqual(writeConfiguration(directory, ""), {
      kind: "read-only",
      path: directory,
      reason: "no file",
    });
    assert.deepEqual(writeConfiguration(folder.at("other.toml"), ""), { kind: "written" });
  });
});

describe("a file that cannot be written gives the line to add", () => {
  test("by hand, when it is a link into a read-only store", async (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may write everything");
    using home = new Home();
    const rows: [string, ScopeOptions, number, string][] = [
      [`\nallow = ["a.example"]\n`, {}, 2, 'add to `allow` by hand: "x.example", "y.example",'],
      ["", {}, 1, 'add by hand, before the first [table]: allow = ["x.example", "y.example"]'],
      [
        "\n[profile.pi]\n",
        { profile: "pi" },
        2,
        'add to [profile.pi] by hand: allow = ["x.example", "y.example"]',
      ],
      [
        "seccomp = true\n",
        { profile: "pi" },
        1,
        'add by hand at the end: [profile.pi] and below it allow = ["x.example", "y.example"]',
      ],
    ];
    for (const [index, [text, options, line, hint]] of rows.entries()) {
      const real = home.write(`store-${index}/config.toml`, text, 0o444);
      chmodSync(home.at(`store-${index}`), 0o555);
      rmSync(home.file, { force: true });
      home.link(FILE, real);
      assert.deepEqual(await rejectedUserErrors(home.allow(["x.example", "y.example"], options)), [
        {
          message: `\`${home.file}\` cannot be written (${real}: EACCES)`,
          origin: `${home.file}:${line}`,
          hint,
        },
      ]);
      assert.equal(home.read(), text);
      assert.equal(readlinkSync(home.file), real);
      chmodSync(home.at(`store-${index}`), 0o755);
      chmodSync(real, 0o644);
      await home.allow(["x.example", "y.example"], options);
      assert.notEqual(home.read(), text, "control: it can, when the store can be written");
    }
  });

  for (const [what, file, directory] of [
    ["the file is read-only", 0o444, 0o755],
    ["its directory is", 0o644, 0o555],
  ] as const) {
    test(`by hand, when ${what}`, async (context) => {
      if (process.getuid?.() === 0) return skip(context, "root may write everything");
      using home = new Home();
      home.configure("", file);
      chmodSync(home.at(".config/pale"), directory);
      const [error] = await rejectedUserErrors(home.allow(["x.example"]));
      chmodSync(home.at(".config/pale"), 0o755);
      assert.equal(error?.message, `\`${home.file}\` cannot be written (${home.file}: EACCES)`);
      assert.equal(home.read(), "");
      assert.deepEqual(readdirSync(home.at(".config/pale")), ["config.toml"]);
    });
  }
});

test("several processes that allow at once lose nothing", { timeout: 120_000 }, async () => {
  using home = new Home();
  home.configure("# mine\nallow = [\n]\n");
  const script = join(import.meta.dirname, "change-rules.ts");
  const sets = ["a", "b", "c"].map((name) => [1, 2, 3, 4].map((n) => `${name}${n}.example`));
  const go = home.at("go");
  const all = Promise.all(
    sets.map((hosts) => promisify(execFile)(process.execPath, [script, home.path, go, ...hosts])),
  );
  await setTimeout(300);
  home.write("go");
  await all;
  const { allow } = parse(home.read());
  assert.deepEqual((allow as string[]).toSorted(), sets.flat().toSorted());
  assert.match(home.read(), /^# mine\n/u);
  assert.deepEqual(readdirSync(home.at(".config/pale")), ["config.toml"]);
  assert.equal(existsSync(home.at(".local/state/pale/configuration.lock")), false);
});
