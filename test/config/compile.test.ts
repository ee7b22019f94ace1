import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { EXAMPLE_CONFIGURATION } from "../../src/config/example.ts";
import { UserErrors } from "../../src/errors.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import { anyOf } from "../helpers/arbitrary.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const compile = (text: string) => compileConfiguration([{ name: "config.toml", text }]);

const compileOverShipped = (text: string) =>
  compileConfiguration([...BUILTIN_PROFILES, { name: "config.toml", text }]);

describe("compileConfiguration", () => {
  test("turns every key into a setting that knows its line", () => {
    const text = `uses = ["base"]
path_add = ["~/bin"]
network = "host"
allow = ["a.example", "*.b.example:22"]
deny = ["c.example"]
registries = ["npm"]
endpoints = ["A_URL"]
proxies = [{ host = "X.example", inject = { secret = "s", basic = "me", env = "T" }, methods = ["GET"], paths = ["/a/*"], push = ["o/n"], requests_per_hour = 9, bytes_per_hour = "2K" }, { host = "y.example", inject = { secret = "s", bearer = true } }]
logins = ["codex"]
ssh_keys = ["me@home"]
ssh_confirm = "ask"
forwards = [{ host_port = 1 }, { host_port = 2, sandbox_port = 3 }]
publish = [4, { sandbox_port = 5, host_port = 6 }, { sandbox_port = 7 }]
sockets = ["$S", "~/s"]
protect = ["a"]
unprotect = ["b"]
limits = { memory = "2G", processes = 9 }
mode = "blacklist"
seccomp = false
command = ["sh", "-l"]
env.pass = ["A", "B_*"]
env.set = { C = "1" }
env.file = { D = "~/d" }
env.command = { E = ["e", "f"] }
mounts = [
  { host = "~/x" },
  { host = "/y", sandbox = "/z", access = "rw", create = true, variable = "Y" },
  { host = "/o", optional = true },
]
[profile.base]
publish = "auto"
[project."~/p"]
seccomp = false
`;
    assert.deepEqual(compile(text), {
      defaults: {
        uses: [{ value: "base", origin: "config.toml:1" }],
        pathAdd: [{ value: "~/bin", origin: "config.toml:2" }],
        arguments: [],
        network: { value: "host", origin: "config.toml:3" },
        allow: [
          { value: "a.example", origin: "config.toml:4" },
          { value: "*.b.example:22", origin: "config.toml:4" },
        ],
        deny: [{ value: "c.example", origin: "config.toml:5" }],
        registries: [{ value: "npm", origin: "config.toml:6" }],
        endpoints: [{ value: "A_URL", origin: "config.toml:7" }],
        proxies: [
          {
            value: {
              host: "x.example",
              inject: { kind: "basic", user: "me", secret: "s", variable: "T" },
              methods: ["GET"],
              paths: ["/a/*"],
              push: ["o/n"],
              requestsPerHour: 9,
              bytesPerHour: 2048,
            },
            origin: "config.toml:8",
          },
          {
            value: {
              host: "y.example",
              inject: { kind: "bearer", secret: "s" },
              methods: [],
              paths: [],
            },
            origin: "config.toml:8",
          },
        ],
        logins: [{ value: "codex", origin: "config.toml:9" }],
        sshKeys: [{ value: "me@home", origin: "config.toml:10" }],
        sshConfirm: { value: "ask", origin: "config.toml:11" },
        forwards: [
          { value: { hostPort: 1, sandboxPort: 1 }, origin: "config.toml:12" },
          { value: { hostPort: 2, sandboxPort: 3 }, origin: "config.toml:12" },
        ],
        publish: [
          { value: { kind: "port", sandboxPort: 4, hostPort: 4 }, origin: "config.toml:13" },
          { value: { kind: "port", sandboxPort: 5, hostPort: 6 }, origin: "config.toml:13" },
          { value: { kind: "port", sandboxPort: 7, hostPort: 7 }, origin: "config.toml:13" },
        ],
        sockets: [
          { value: "$S", origin: "config.toml:14" },
          { value: "~/s", origin: "config.toml:14" },
        ],
        protect: [{ value: "a", origin: "config.toml:15" }],
        unprotect: [{ value: "b", origin: "config.toml:16" }],
        limits: [
          { value: { name: "processes", value: 9 }, origin: "config.toml:17" },
          { value: { name: "memory", value: 2 ** 31 }, origin: "config.toml:17" },
        ],
        mode: { value: "blacklist", origin: "config.toml:18" },
        seccomp: { value: false, origin: "config.toml:19" },
        command: { value: ["sh", "-l"], origin: "config.toml:20" },
        variables: [
          { kind: "pass", name: "A", origin: "config.toml:21" },
          { kind: "pass", name: "B_*", origin: "config.toml:21" },
          { kind: "set", name: "C", value: "1", origin: "config.toml:22" },
          { kind: "file", name: "D", path: "~/d", origin: "config.toml:23" },
          { kind: "command", name: "E", command: ["e", "f"], origin: "config.toml:24" },
        ],
        mounts: [
          { host: "~/x", access: "ro", missing: "fail", origin: "config.toml:26" },
          {
            host: "/y",
            sandbox: "/z",
            access: "rw",
            missing: "create-directory",
            variable: "Y",
            origin: "config.toml:27",
          },
          { host: "/o", access: "ro", missing: "skip", origin: "config.toml:28" },
        ],
      },
      profiles: {
        base: {
          ...EMPTY_LAYER,
          publish: [{ value: { kind: "auto" }, origin: "config.toml:31" }],
        },
      },
      projects: {
        "~/p": { ...EMPTY_LAYER, seccomp: { value: false, origin: "config.toml:33" } },
      },
    });
  });

  test("makes nothing of nothing", () => {
    const nothing = { defaults: EMPTY_LAYER, profiles: {}, projects: {} };
    assert.deepEqual(compileConfiguration([]), nothing);
    assert.deepEqual(compile(""), nothing);
    assert.deepEqual(compile("\uFEFF# only a comment\r\n"), nothing);
  });

  test("puts a later text over an earlier one", () => {
    const { defaults, profiles } = compileConfiguration([
      { name: "one", text: 'network = "host"\n[profile.a]\nseccomp = true\npath_add = ["/one"]\n' },
      {
        name: "two",
        text: 'network = "none"\n[profile.a]\nseccomp = false\npath_add = ["/two"]\n',
      },
    ]);
    assert.deepEqual(defaults.network, { value: "none", origin: "two:1" });
    assert.deepEqual(profiles["a"]?.seccomp, { value: false, origin: "two:3" });
    assert.deepEqual(
      profiles["a"]?.pathAdd.map(({ origin }) => origin),
      ["one:4", "two:4"],
    );
  });

  test("accepts the profiles that pale is shipped with", () => {
    const { profiles } = compileConfiguration(BUILTIN_PROFILES);
    for (const name of ["claude", "codex", "pi", "opencode", "npm", "node", "git", "docker"]) {
      assert.ok(profiles[name], name);
    }
  });

  test("reads nothing out of the example, and all of it when the comments are taken away", () => {
    const shipped = compileConfiguration(BUILTIN_PROFILES);
    assert.deepEqual(compileOverShipped(EXAMPLE_CONFIGURATION), shipped);
    const isSetting = /^# (?=[a-z_.]+ = |  \{|\]|\[)/u;
    const lines = EXAMPLE_CONFIGURATION.split("\n").filter((line) => isSetting.test(line));
    const text = lines.map((line) => line.replace(isSetting, "")).join("\n");
    const { defaults, profiles } = compileOverShipped(text);
    assert.equal(defaults.network?.value, "filtered");
    assert.equal(defaults.mounts.length, 3);
    assert.equal(profiles["claude"]?.mounts.length, 2);
    assert.deepEqual(
      profiles["work"]?.uses.map(({ value }) => value),
      ["claude"],
    );
  });

  for (const name of ["constructor", "toString", "valueOf", "hasOwnProperty"]) {
    test(`takes \`${name}\` for a name like any other`, () => {
      const { profiles } = compile(
        `[profile.${name}]\nnetwork = "host"\n[profile.a]\nuses = ["${name}"]`,
      );
      assert.equal(Object.hasOwn(profiles, name), true);
      assert.equal(profiles[name]?.network?.value, "host");
      const unknown = catchUserErrors(() => compile(`[profile.a]\nuses = ["${name}"]`));
      assert.equal(unknown[0]?.message, `unknown profile \`${name}\``);
    });
  }

  test("looks at each profile once, however many ways lead to it", { timeout: 5_000 }, () => {
    const layers = Array.from({ length: 60 }, (_, index) => {
      const uses = index === 59 ? "" : `uses = ["a${index + 1}", "b${index + 1}"]`;
      return `[profile.a${index}]\n${uses}\n[profile.b${index}]\n${uses}\n`;
    });
    assert.equal(Object.keys(compile(layers.join("")).profiles).length, 120);
  });
});

describe("any text at all", () => {
  test("is valid, or gives errors with a line of that text", () => {
    const outcomes = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(anyConfiguration(), (text) => {
        try {
          compile(text);
          outcomes.valid += 1;
        } catch (error) {
          if (!(error instanceof UserErrors)) throw error;
          outcomes.invalid += 1;
          assert.ok(error.errors.length > 0);
          for (const { origin } of error.errors) {
            const [, line] = /^config\.toml:(\d+)(?::\d+)?$/u.exec(origin ?? "") ?? [];
            assert.ok(Number(line) >= 1 && Number(line) <= text.split("\n").length, origin);
          }
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(outcomes.valid > 50 && outcomes.invalid > 50, JSON.stringify(outcomes));
  });
});

/** Texts of three kinds: pieces of TOML, lines with keys of the schema, and noise. */
function anyConfiguration(): fc.Arbitrary<string> {
  const key = fc.constantFrom(
    ..."uses mounts path_add env env.pass env.set network seccomp command profile profile.x nope".split(
      " ",
    ),
    "profile.'a b'.uses",
    "__proto__",
    "profile.__proto__",
    "env.set.constructor",
    '"quoted"',
  );
  const value = fc.constantFrom(
    ...`"none";"host";true;1;-0.5;inf;nan;1979-05-27;07:32:00;1979-05-27T00:32:00Z;[];{};["a"]`.split(
      ";",
    ),
    '[{ host = "/a" }, { host = "b", nope = [[1]] }]',
    '{ pass = ["A"], set = { B = "1", "C D" = 2 } }',
    '["x", "profile"]',
    '"""long\nstring"""',
    "[[], [[]]]",
    '"\\u001b"',
  );
  const header = fc.constantFrom(
    ..."[profile.x];[profile.y];[[mounts]];[env];[profile];[[profile]];[profile.x.env.set]".split(
      ";",
    ),
  );
  const line = fc.oneof(
    fc.tuple(key, value).map(([name, set]) => `${name} = ${set}`),
    header,
    fc.constant("# comment [x] = 'y"),
  );
  const pieces = fc.oneof(
    anyOf("[]{}=.,\"'#\n\\ -_a1é😀\u0000\t"),
    fc.constantFrom('"""', "'''", "\r\n"),
  );
  return fc.oneof(
    fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
    fc.array(fc.oneof(line, pieces), { maxLength: 10 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary" }),
  );
}
