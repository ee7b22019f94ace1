import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { checkConfiguration } from "../../src/commands/check.ts";
import { UserErrors } from "../../src/errors.ts";
import { textOf } from "../helpers/arbitrary.ts";
import { Folder } from "../helpers/folder.ts";
import { invocationIn } from "../helpers/invocation.ts";
import { type Shown, rejectedUserErrors } from "../helpers/user-errors.ts";

class CheckWorld extends Folder {
  printed = "";

  constructor(files: Record<string, string> = {}) {
    super();
    mkdirSync(this.at("work/.git"), { recursive: true });
    for (const [name, text] of Object.entries(files)) this.config(name, text);
  }

  config(name: string, text: string): string {
    return this.write(`.config/pale/${name}`, text);
  }

  check(options: { json?: boolean } = {}): Promise<void> {
    this.printed = "";
    const invocation = invocationIn(this, (text) => (this.printed += text));
    return checkConfiguration(invocation, options);
  }

  /** The problems, with the directory of the configuration taken away. */
  async problems(): Promise<Shown[]> {
    const shown = await rejectedUserErrors(this.check());
    const short = (text: string) => text.replaceAll(`${this.at(".config/pale")}/`, "");
    return shown.map(({ message, origin, hint }) => ({
      message: short(message),
      ...(origin !== undefined && { origin: short(origin) }),
      ...(hint !== undefined && { hint: short(hint) }),
    }));
  }
}

describe("a configuration that is all right", () => {
  test("is counted", async () => {
    using world = new CheckWorld({
      "config.toml": "[profile.a]\n",
      "profiles/b.toml": '[profile.b]\nuses = ["a"]\n',
    });
    await world.check({ json: true });
    const { files, profiles, problems, warnings } = JSON.parse(world.printed);
    assert.deepEqual(files, [
      world.at(".config/pale/config.toml"),
      world.at(".config/pale/profiles/b.toml"),
    ]);
    assert.deepEqual([problems, warnings], [[], []]);
    assert.ok(["a", "b", "claude"].every((name) => profiles.includes(name)));
    await world.check();
    assert.equal(world.printed, `2 files, ${profiles.length} profiles: all right\n`);
  });

  test("may be none at all", async () => {
    using world = new CheckWorld();
    await world.check();
    assert.match(world.printed, /^0 files, \d+ profiles: all right\n$/u);
    assert.equal(existsSync(world.at(".config")), false);
  });
});

describe("what is wrong with one file", () => {
  const missing = "create it, or add `optional = true` (or `create = true`) to the mount";
  const rows: [string, string, Shown[]][] = [
    [
      "a mount that is not there",
      '\nmounts = [\n  { host = "~/gone" },\n  { host = "~/may", optional = true },\n]\n',
      [{ message: "the mount `~/gone` does not exist", origin: "config.toml:3", hint: missing }],
    ],
    [
      "two mounts on one place",
      'mounts = [\n  { host = "~/" },\n  { host = "/etc", sandbox = "/x/../y" },\n  { host = "~" },\n  { host = "/y/" },\n]\n',
      [
        {
          message: "`~` is mounted on twice in one table",
          origin: "config.toml:4",
          hint: "take one out: the other is on line 2",
        },
        {
          message: "`/y` is mounted on twice in one table",
          origin: "config.toml:5",
          hint: "take one out: the other is on line 3",
        },
      ],
    ],
    [
      "an unknown profile",
      '[profile.a]\nuses = [\n  "claud",\n]\n',
      [
        {
          message: "unknown profile `claud`",
          origin: "config.toml:3",
          hint: "did you mean `claude`?",
        },
      ],
    ],
    [
      "every circle",
      '[profile.a]\nuses = ["b"]\n[profile.b]\nuses = ["a"]\n[profile.c]\nuses = ["c"]\n',
      [
        {
          message: "profiles go in a circle: `a` uses `b` uses `a`",
          origin: "config.toml:4",
          hint: "take one `uses` out",
        },
        {
          message: "profiles go in a circle: `c` uses `c`",
          origin: "config.toml:6",
          hint: "take one `uses` out",
        },
      ],
    ],
    [
      "an allow rule that nothing can match",
      '[profile.a]\nallow = [\n  "x.bad.test",\n  "good.test",\n]\ndeny = ["*.bad.test"]\n',
      [
        {
          message: "nothing can match `x.bad.test` in `allow`",
          origin: "config.toml:3",
          hint: "`deny` has `*.bad.test` at config.toml:6, and deny beats allow: take one out",
        },
      ],
    ],
    [
      "servers to be shown without a network that could",
      'network = "none"\n[profile.a]\nforwards = [{ host_port = 1 }]\n[profile.b]\nnetwork = "host"\npublish = [2]\n',
      [
        {
          message: '`forwards` cannot work with `network = "none"`',
          origin: "config.toml:3",
          hint: "the profile `a` has both: the network is set at config.toml:1",
        },
        {
          message: '`publish` cannot work with `network = "host"`',
          origin: "config.toml:6",
          hint: "the profile `b` has both: the network is set at config.toml:5",
        },
      ],
    ],
    [
      "a path with a line feed",
      'mounts = [{ host = "/a\\nb" }]\n',
      [{ message: "`mounts[0].host`: must not hold control characters", origin: "config.toml:1" }],
    ],
    [
      "keys that are nearly right",
      'protec = []\n[profile.a]\nlimit = { memory = 1 }\nlimits = { memoy = 1 }\nenv.comand = { A = ["b"] }\nmounts = [{ host = "/", protekt = [] }]\n',
      [
        {
          message: "unknown key `protec`",
          origin: "config.toml:1",
          hint: "did you mean `protect`?",
        },
        {
          message: "unknown key `profile.a.limit`",
          origin: "config.toml:3",
          hint: "did you mean `limits`?",
        },
        {
          message: "unknown key `profile.a.limits.memoy`",
          origin: "config.toml:4",
          hint: "did you mean `memory`?",
        },
        {
          message: "unknown key `profile.a.env.comand`",
          origin: "config.toml:5",
          hint: "did you mean `command`?",
        },
        {
          message: "unknown key `profile.a.mounts[0].protekt`",
          origin: "config.toml:6",
          hint: "did you mean `protect`?",
        },
      ],
    ],
    [
      "no TOML",
      "a = 1\nb = = 2\n",
      [
        {
          message: "not valid TOML: invalid value",
          origin: "config.toml:2:5",
        },
      ],
    ],
  ];
  for (const [name, text, expected] of rows) {
    test(name, async () => {
      using world = new CheckWorld({ "config.toml": text });
      assert.deepEqual(await world.problems(), expected);
      assert.equal(world.printed, "");
    });
  }
});

describe("what is no mistake", () => {
  const rows: [string, string][] = [
    [
      "a later table mounts over another",
      'mounts = [{ host = "~" }]\n[profile.a]\nmounts = [{ host = "~", access = "rw" }]\n',
    ],
    [
      "a profile denies what another one allows",
      '[profile.a]\nallow = ["x.test"]\n[profile.b]\nuses = ["a"]\ndeny = ["x.test"]\n',
    ],
    ["the user denies what a shipped profile allows", 'deny = ["claude.ai"]\n'],
    [
      "a profile without a network allows hosts by what it uses",
      '[profile.a]\nuses = ["claude"]\nnetwork = "none"\n',
    ],
  ];
  for (const [name, text] of rows) {
    test(name, async () => {
      using world = new CheckWorld({ "config.toml": text });
      await world.check();
      assert.match(world.printed, /all right\n$/u);
    });
  }
});

describe("several files", () => {
  test("every problem of every one, in their order", async () => {
    using world = new CheckWorld({
      "config.toml": "netwok = 1\nseccomp = 2\n",
      "profiles/b.toml": "[\n",
      "profiles/a.toml": '[profile.a]\nallow = ["*"]\n',
    });
    const origins = (await world.problems()).map(({ origin }) => origin);
    assert.deepEqual(origins, [
      "config.toml:1",
      "config.toml:2",
      "profiles/a.toml:2",
      "profiles/b.toml:1:2",
    ]);
  });

  test("the project's own is one of them", async () => {
    using world = new CheckWorld();
    const file = world.write("work/.pale.toml", '\nnetwork = "nothing"\n');
    assert.deepEqual(await rejectedUserErrors(world.check()), [
      {
        message: "`network`: must be `none` or `filtered` or `open` or `host`",
        origin: `${file}:2`,
      },
    ]);
  });
});

describe("a table for a project that is not there", () => {
  test("is warned of, with its line, and is no failure", async () => {
    using world = new CheckWorld({
      "config.toml": '[project."~/work"]\nseccomp = true\n[project."~/gone"]\nseccomp = true\n',
    });
    await world.check();
    assert.match(
      world.printed,
      /^warning: the project `~\/gone` does not exist\n {2}at \S+\/config\.toml:3\n {2}mend the path, or take the table out\n1 file, \d+ profiles: nothing that stops a launch\n$/u,
    );
  });
});

describe("--json", () => {
  test("prints the problems as data, and fails without a word more", async () => {
    using world = new CheckWorld({ "config.toml": "netwok = 1\n" });
    await assert.rejects(world.check({ json: true }), (error) => {
      return error instanceof UserErrors && error.errors.length === 0;
    });
    assert.deepEqual(JSON.parse(world.printed).problems, [
      {
        message: "unknown key `netwok`",
        origin: `${world.at(".config/pale/config.toml")}:1`,
        hint: "did you mean `network`?",
      },
    ]);
  });
});

describe("whatever the files hold", () => {
  test("it ends, with a verdict or with messages that name a line, and makes nothing", async () => {
    using world = new CheckWorld();
    const word = fc.constantFrom(
      ..."uses mounts host sandbox env.set network allow deny limits profile.a".split(" "),
    );
    const value = fc.constantFrom(
      '"a"',
      "[]",
      '["a"]',
      "{}",
      '[{ host = "/x" }, { host = "/x" }]',
      '"none"',
      "1979-05-27",
      '"a\\nb"',
      "true",
    );
    const line = fc.oneof(
      fc.tuple(word, value).map(([key, text]) => `${key} = ${text}`),
      word.map((key) => `[${key}]`),
      textOf('[]{}="\\#\n.a1 \u001B\u202E', 12),
    );
    const file = world.at(".config/pale/config.toml");
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
        world.config("config.toml", lines.join("\n"));
        const outcome = await world.check().then(
          () => [],
          (error: unknown) =>
            error instanceof UserErrors ? error.errors : assert.fail(String(error)),
        );
        for (const { origin } of outcome)
          assert.match(origin?.replace(file, "F") ?? "", /^F:\d+(?::\d+)?$/u);
        assert.equal(outcome.length > 0, world.printed === "");
        assert.deepEqual(readdirSync(world.path).toSorted(), [".config", "work"]);
      }),
      { numRuns: 300 },
    );
  });
});
