import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listKeys } from "../../scripts/generate-docs.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { explainPolicy } from "../../src/config/explain.ts";
import type { Explained, GroupName } from "../../src/config/explain.ts";
import { resolvePolicy } from "../../src/config/resolve.ts";
import type { PolicyRequest } from "../../src/config/resolve.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import type { Layer } from "../../src/policy.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

function explain(text: string, changes: Partial<PolicyRequest> = {}) {
  const configuration = compileConfiguration([{ name: "c", text }]);
  const request = { ...REQUEST, ...changes };
  return explainPolicy(configuration, request);
}

const REQUEST: PolicyRequest = {
  profile: undefined,
  command: undefined,
  layer: EMPTY_LAYER,
  home: "/home/ada",
  project: "/work",
  environment: {},
};

function group(text: string, name: GroupName, changes: Partial<PolicyRequest> = {}): Explained[] {
  return explain(text, changes).groups.find((each) => each.name === name)?.values ?? [];
}

/** `key text origin`, with the way to it and whether it is replaced. */
function lines(values: readonly Explained[]): string[] {
  return values.map(({ key, text, origin, via, replaced }) => {
    const way = via.length === 0 ? "" : ` via ${via.join(">")}`;
    return `${key} ${text} ${origin}${way}${replaced ? " replaced" : ""}`;
  });
}

describe("who chose the profile", () => {
  const text = "[profile.a]\nseccomp = false\n";
  const rows: [string, Partial<PolicyRequest>, string, string][] = [
    ["nobody", {}, "default", "no profile has the command's name"],
    ["the command", { command: "a" }, "a", "the command's name"],
    ["the option", { command: "b", profile: "a" }, "a", "--profile"],
  ];
  for (const [name, request, profile, chosenBy] of rows) {
    test(name, () => {
      const explained = explain(text, request);
      assert.deepEqual(
        { profile: explained.profile, chosenBy: explained.chosenBy },
        { profile, chosenBy },
      );
    });
  }

  test("and no profile there is", () => {
    assert.deepEqual(
      catchUserErrors(() => explain(text, { profile: "aa" })),
      [{ message: "unknown profile `aa`", origin: "--profile", hint: "did you mean `a`?" }],
    );
  });
});

describe("each value is told with its origin", () => {
  test("in the order of the layers, and with the profiles that led to it", () => {
    const text = `allow = ["top.test"]
[profile.a]
uses = ["b"]
allow = ["a.test"]
[profile.b]
uses = ["d"]
allow = ["b.test"]
[profile.d]
allow = ["d.test"]
[project."/work"]
allow = ["project.test"]
[project."/other"]
allow = ["other.test"]
[profile.e]
allow = ["e.test"]
`;
    const layer: Layer = {
      ...EMPTY_LAYER,
      uses: [{ value: "e", origin: "--uses" }],
      allow: [{ value: "line.test", origin: "--allow" }],
    };
    assert.deepEqual(lines(group(text, "hosts", { profile: "a", layer })), [
      "allow top.test c:1",
      "allow d.test c:9 via a>b>d",
      "allow b.test c:7 via a>b",
      "allow a.test c:4 via a",
      "allow project.test c:11",
      "allow e.test c:15 via e",
      "allow line.test --allow",
    ]);
    assert.deepEqual(lines(group(text, "profiles", { profile: "a", layer })), [
      "uses d c:6 via a>b",
      "uses b c:3 via a",
      "uses e --uses",
    ]);
  });

  test("of a scalar only the strongest, and what is set by nobody as pale's own", () => {
    const text = 'network = "none"\n[profile.a]\nnetwork = "open"\n';
    assert.deepEqual(lines(group(text, "network")), ["network none c:1"]);
    assert.deepEqual(lines(group(text, "network", { profile: "a" })), ["network open c:3 via a"]);
    assert.deepEqual(lines(group("", "network")), ["network filtered pale's default"]);
    assert.deepEqual(lines(group("", "system calls")), ["seccomp true pale's default"]);
    assert.deepEqual(lines(group("", "mounts")), ["mode allowlist pale's default"]);
  });

  test("and what a later one replaces is marked", () => {
    const text = `mounts = [{ host = "~/x" }, { host = "/y", sandbox = "/z" }, { host = "/kept" }]
env.set = { A = "1", B = "1" }
limits = { memory = 1, processes = 1 }
[profile.a]
mounts = [{ host = "/home/ada/x", access = "rw" }, { host = "/z" }]
env.set = { A = "2" }
env.pass = ["B"]
limits = { memory = 2 }
`;
    const marked = (name: GroupName) =>
      group(text, name, { profile: "a" })
        .filter(({ replaced }) => replaced)
        .map((each) => each.text);
    assert.deepEqual(marked("mounts"), ["~/x", "/y on /z"]);
    // B is passed only when the caller has it, so what is set may still count.
    assert.deepEqual(marked("environment"), ["A=1"]);
    assert.deepEqual(marked("limits"), ["memory 1"]);
  });

  test("in words of its own for every kind of value", () => {
    const rows: [string, GroupName, string][] = [
      ['command = ["sh", "-l"]', "command", "command sh -l c:1"],
      [
        'mounts = [{ host = "~/x", create = true, variable = "X" }]',
        "mounts",
        "ro ~/x (made when missing; moved by $X) c:1",
      ],
      [
        'mounts = [{ host = "/x", optional = true, protect = ["a"] }]',
        "mounts",
        "ro /x (optional; read-only in it: a) c:1",
      ],
      ['env.file = { A = "~/a" }', "environment", "file A from ~/a c:1"],
      ['env.command = { A = ["b", "c"] }', "environment", "command A from `b c` c:1"],
      ['path_add = ["~/bin"]', "environment", "path_add ~/bin c:1"],
      [
        "forwards = [{ host_port = 1, sandbox_port = 2 }]",
        "network",
        "forwards the host's 1 as 2 c:1",
      ],
      [
        "publish = [{ sandbox_port = 2, host_port = 3 }]",
        "network",
        "publish 2 as the host's 3 c:1",
      ],
      ['publish = "auto"', "network", "publish auto c:1"],
      ['limits.memory = "1K"', "limits", "limits memory 1024 c:1"],
      ['warning = "beware"', "profiles", "warning beware c:1"],
    ];
    for (const [text, name, expected] of rows) {
      assert.ok(
        lines(group(text, name)).includes(expected),
        `${text}: ${lines(group(text, name)).join("; ")}`,
      );
    }
  });
});

describe("nothing is left out", () => {
  const ALL = `uses = ["p"]
mounts = [{ host = "/m" }]
path_add = ["/p"]
env.pass = ["E_PASS"]
env.set = { E_SET = "1" }
env.file = { E_FILE = "/f" }
env.command = { E_COMMAND = ["c"] }
network = "open"
allow = ["a.test"]
deny = ["d.test"]
registries = ["npm"]
endpoints = ["U"]
proxies = [{ host = "x.test" }]
logins = ["claude"]
ssh_keys = ["k"]
ssh_confirm = "ask"
forwards = [{ host_port = 1 }]
publish = [2]
sockets = ["/s"]
protect = ["pr"]
unprotect = ["un"]
limits = { memory = 1 }
mode = "blacklist"
seccomp = false
git_identity = true
notify = "bell"
clipboard = "images"
terminal_filter = true
warning = "w"
command = ["sh"]
[profile.p]
`;

  test("every key of the schema is explained, with its line", () => {
    const explained = explain(ALL).groups.flatMap(({ values }) => values);
    const keys = listKeys().filter(({ name }) => !/^(?:profile|project)\./u.test(name));
    for (const { name } of keys) assert.ok(`\n${ALL}`.includes(`\n${name} = `), name);
    const said = new Set(explained.map(({ origin }) => origin));
    const wanted = keys.map((_, index) => `c:${index + 1}`);
    assert.deepEqual(
      wanted.filter((origin) => !said.has(origin)),
      [],
    );
  });

  test("and it says what a launch would have", () => {
    const configuration = compileConfiguration([{ name: "c", text: ALL }]);
    const policy = resolvePolicy(configuration, REQUEST);
    const values = new Map(
      explain(ALL)
        .groups.filter(({ name }) => name !== "environment")
        .flatMap(({ values }) => values)
        .map(({ key, value }) => [key, value]),
    );
    for (const key of ["network", "mode", "seccomp", "command"] as const) {
      assert.deepEqual(values.get(key), policy[key]);
    }
  });
});
