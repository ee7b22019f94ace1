import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileConfiguration } from "../../src/config/compile.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";
import type { Shown } from "../helpers/user-errors.ts";

const compile = (text: string) => compileConfiguration([{ name: "config.toml", text }]);

describe("an error in the configuration", () => {
  const keys = `known keys: uses, mounts, path_add, env, network, allow, deny, registries,
    endpoints, proxies, logins, ssh_keys, ssh_confirm, forwards, publish, sockets, protect, unprotect, limits, mode, seccomp, terminal_filter,
    git_identity, notify, clipboard, warning, command`.replaceAll(/\s+/gu, " ");
  const port = "must be a port: a number from 1 to 65535";
  const rows: [string, string, Shown[]][] = [
    [
      "an unknown key near a known one",
      'network = "none"\nmount = []',
      [{ message: "unknown key `mount`", origin: "config.toml:2", hint: "did you mean `mounts`?" }],
    ],
    [
      "an unknown key near to none",
      "filesystem = 1",
      [
        {
          message: "unknown key `filesystem`",
          origin: "config.toml:1",
          hint: `${keys}, profile, project`,
        },
      ],
    ],
    [
      "an unknown key of a profile",
      "[profile.x]\n\nfilesystem = 1",
      [
        {
          message: "unknown key `profile.x.filesystem`",
          origin: "config.toml:3",
          hint: `${keys}, arguments`,
        },
      ],
    ],
    [
      "an unknown key of a mount, and the one that is missing for it",
      'mounts = [\n  { host = "/a" },\n  { hots = "/b" },\n]',
      [
        { message: "`mounts[1].host`: is missing", origin: "config.toml:3" },
        {
          message: "unknown key `mounts[1].hots`",
          origin: "config.toml:3",
          hint: "did you mean `host`?",
        },
      ],
    ],
    [
      "an unknown key of `env`",
      "[env]\nsett = {}",
      [{ message: "unknown key `env.sett`", origin: "config.toml:2", hint: "did you mean `set`?" }],
    ],
    [
      "an unknown table",
      "[profiles.x]",
      [
        {
          message: "unknown key `profiles`",
          origin: "config.toml:1",
          hint: "did you mean `profile`?",
        },
      ],
    ],
    [
      "a list that is a string",
      'uses = "claude"',
      [{ message: "`uses`: must be a list", origin: "config.toml:1" }],
    ],
    [
      "a switch that is a string",
      '\nseccomp = "no"',
      [{ message: "`seccomp`: must be true or false", origin: "config.toml:2" }],
    ],
    [
      "a table that is a string",
      'env = "A=1"',
      [{ message: "`env`: must be a table", origin: "config.toml:1" }],
    ],
    [
      "a string that is a number",
      "[env.set]\nA = '1'\nB = 2",
      [{ message: "`env.set.B`: must be a string", origin: "config.toml:3" }],
    ],
    [
      "a table that is a date",
      "profile.x = 1979-05-27",
      [{ message: "`profile.x`: must be a table", origin: "config.toml:1" }],
    ],
    [
      "a string that is a date",
      "command = [1979-05-27]",
      [{ message: "`command[0]`: must be a string", origin: "config.toml:1" }],
    ],
    [
      "a value that is none of those allowed",
      'network = "some"',
      [
        {
          message: "`network`: must be `none` or `filtered` or `open` or `host`",
          origin: "config.toml:1",
        },
      ],
    ],
    [
      "a rule that would allow everything",
      'allow = [\n "a.example",\n "*",\n]',
      [
        {
          message: "`allow[1]`: `*` would allow every host, which only the open mode does",
          origin: "config.toml:3",
        },
      ],
    ],
    [
      "ports that there are not",
      "forwards = [{ host_port = 0 }, { host_port = 1.5 }]\npublish = [65536]",
      [
        { message: `\`forwards[0].host_port\`: ${port}`, origin: "config.toml:1" },
        { message: `\`forwards[1].host_port\`: ${port}`, origin: "config.toml:1" },
        { message: `\`publish[0]\`: ${port}`, origin: "config.toml:2" },
      ],
    ],
    [
      "another word than `auto`",
      'publish = "all"',
      [{ message: '`publish`: must be `"auto"` or a list', origin: "config.toml:1" }],
    ],
    [
      "an unknown key of something published",
      "publish = [{ sandbox = 3000 }]",
      [
        { message: "`publish[0].sandbox_port`: is missing", origin: "config.toml:1" },
        {
          message: "unknown key `publish[0].sandbox`",
          origin: "config.toml:1",
          hint: "known keys: sandbox_port, host_port",
        },
      ],
    ],
    [
      "a project by a relative path",
      '[project."work/app"]\nallow = []',
      [
        {
          message: "`project.work/app`: must be absolute or begin with `~/`",
          origin: "config.toml:1",
        },
      ],
    ],
    [
      "an access that there is not",
      'mounts = [{ host = "/a", access = "write" }]',
      [
        {
          message: "`mounts[0].access`: must be `ro` or `rw` or `overlay` or `mask`",
          origin: "config.toml:1",
        },
      ],
    ],
    [
      "a relative path",
      'path_add = ["/a",\n"bin"]',
      [{ message: "`path_add[1]`: must be absolute or begin with `~/`", origin: "config.toml:2" }],
    ],
    [
      "another user's home",
      'path_add = ["~root/bin"]',
      [{ message: "`path_add[0]`: must be absolute or begin with `~/`", origin: "config.toml:1" }],
    ],
    [
      "control characters in a path",
      'mounts = [{ host = "/a\\nb" }, { host = "/a\\u001b[31m" }]',
      [
        { message: "`mounts[0].host`: must not hold control characters", origin: "config.toml:1" },
        { message: "`mounts[1].host`: must not hold control characters", origin: "config.toml:1" },
      ],
    ],
    ...["/etc/x", "../x", "a/../../x", "a/..", ".."].map((to): [string, string, Shown[]] => [
      `a seed that would go to ${to}`,
      `mounts = [{ host = "/a", seed = [\n{ from = "/b", to = "${to}" }] }]`,
      [
        {
          message: "`mounts[0].seed[0].to`: must be below `host`, without `..`",
          origin: "config.toml:2",
        },
      ],
    ]),
    [
      "an empty command",
      "command = []",
      [{ message: "`command`: must not be empty", origin: "config.toml:1" }],
    ],
    [
      "what is no name of a variable",
      '[env]\npass = ["A", "B*C"]\nset = { "A B" = "1" }',
      [
        {
          message: "`env.pass[1]`: must be a variable's name, which may end in `*`",
          origin: "config.toml:2",
        },
        {
          message: "`env.set.A B`: must be the name of an environment variable",
          origin: "config.toml:3",
        },
      ],
    ],
    [
      "a NUL in a variable",
      'env.set = { A = "a\\u0000b" }',
      [{ message: "`env.set.A`: must not hold a NUL byte", origin: "config.toml:1" }],
    ],
    [
      "what is no name of a profile",
      'network = "none"\n[profile."a b"]',
      [
        {
          message: "`profile.a b`: must be letters, digits, `.`, `_` and `-`",
          origin: "config.toml:2",
        },
      ],
    ],
    [
      "a name that the runtime has another meaning for",
      'network = "none"\n[profile.__proto__]\nnetwork = "host"',
      [{ message: "`profile.__proto__`: must be another name", origin: "config.toml:2" }],
    ],
    [
      "text that is not TOML",
      'network = "none"\nuses = ["a"',
      [
        {
          message: "not valid TOML: expected comma or end of structure",
          origin: "config.toml:2:12",
        },
      ],
    ],
    [
      "a key that stands twice",
      "seccomp = true\nseccomp = false",
      [
        {
          message: "not valid TOML: trying to redefine an already defined table or value",
          origin: "config.toml:2:1",
        },
      ],
    ],
    [
      "a profile that there is not, near one that there is",
      'uses = ["clade"]\n[profile.claude]',
      [
        {
          message: "unknown profile `clade`",
          origin: "config.toml:1",
          hint: "did you mean `claude`?",
        },
      ],
    ],
    [
      "profiles that there are not, near to none",
      '[profile.a1]\nuses = ["zzzz"]\n[profile.b1]\nuses = ["yyyy"]',
      [
        {
          message: "unknown profile `zzzz`",
          origin: "config.toml:2",
          hint: "known profiles: a1, b1",
        },
        {
          message: "unknown profile `yyyy`",
          origin: "config.toml:4",
          hint: "known profiles: a1, b1",
        },
      ],
    ],
    [
      "a profile that uses itself",
      '[profile.a]\nuses = ["a"]',
      [
        {
          message: "profiles go in a circle: `a` uses `a`",
          origin: "config.toml:2",
          hint: "take one `uses` out",
        },
      ],
    ],
    [
      "a circle, without the way into it",
      '[profile.in]\nuses = ["a"]\n[profile.a]\nuses = ["b"]\n[profile.b]\nuses = ["c"]\n[profile.c]\nuses = ["a"]',
      [
        {
          message: "profiles go in a circle: `a` uses `b` uses `c` uses `a`",
          origin: "config.toml:8",
          hint: "take one `uses` out",
        },
      ],
    ],
    [
      "several errors at once, in the order of their lines",
      'seccomp = 1\nnetwrok = "none"\nuses = [2]\n[profile.x]\ncomand = ["a"]',
      [
        { message: "`seccomp`: must be true or false", origin: "config.toml:1" },
        {
          message: "unknown key `netwrok`",
          origin: "config.toml:2",
          hint: "did you mean `network`?",
        },
        { message: "`uses[0]`: must be a string", origin: "config.toml:3" },
        {
          message: "unknown key `profile.x.comand`",
          origin: "config.toml:5",
          hint: "did you mean `command`?",
        },
      ],
    ],
  ];
  for (const [what, text, errors] of rows) {
    test(`names ${what}`, () =>
      assert.deepEqual(
        catchUserErrors(() => compile(text)),
        errors,
      ));
  }

  test("is reported with those of every other text", () => {
    const sources = [
      { name: "one.toml", text: "seccomp = 1" },
      { name: "two.toml", text: 'network = "host"' },
      { name: "three.toml", text: "=" },
    ];
    const errors = catchUserErrors(() => compileConfiguration(sources));
    assert.deepEqual(
      errors.map(({ origin }) => origin),
      ["one.toml:1", "three.toml:1:1"],
    );
  });
});
