import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { resolvePolicy } from "../../src/config/resolve.ts";
import type { PolicyRequest } from "../../src/config/resolve.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import type { Layer, Policy } from "../../src/policy.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

function resolve(text: string, request: Partial<PolicyRequest> = {}): Policy {
  return resolvePolicy(compileConfiguration([{ name: "c", text }]), {
    profile: undefined,
    command: undefined,
    layer: EMPTY_LAYER,
    home: "/home/ada",
    project: "/home/ada/project",
    environment: {},
    ...request,
  });
}

describe("which profile is in force", () => {
  const text = "[profile.claude]\n[profile.work]\n";
  const rows: [string, Partial<PolicyRequest>, string][] = [
    ["the one that is named", { profile: "work", command: "claude" }, "work"],
    ["the one that is named like the command", { command: "claude" }, "claude"],
    ["none when nothing is named like the command", { command: "sh" }, "default"],
    ["none without a command", {}, "default"],
    ["none for a command named like what every object has", { command: "toString" }, "default"],
  ];
  for (const [what, request, profile] of rows) {
    test(`is ${what}`, () => assert.equal(resolve(text, request).profile, profile));
  }

  test("must exist when it is named", () => {
    assert.deepEqual(
      catchUserErrors(() => resolve(text, { profile: "wrok" })),
      [{ message: "unknown profile `wrok`", origin: "--profile", hint: "did you mean `work`?" }],
    );
    const layer: Layer = { ...EMPTY_LAYER, uses: [{ value: "constructor", origin: "--uses" }] };
    assert.deepEqual(
      catchUserErrors(() => resolve(text, { layer })),
      [
        {
          message: "unknown profile `constructor`",
          origin: "--uses",
          hint: "known profiles: claude, work",
        },
      ],
    );
  });
});

describe("layers", () => {
  const text = `
path_add = ["/defaults"]
[profile.base]
path_add = ["/base"]
network = "host"
[profile.left]
uses = ["base"]
path_add = ["/left"]
[profile.right]
uses = ["base"]
path_add = ["/right"]
[profile.main]
uses = ["left", "right"]
path_add = ["/main"]
network = "none"
[profile.extra]
uses = ["base"]
path_add = ["/extra"]
`;

  test("are put over each other from the weakest to the strongest, each once", () => {
    const layer: Layer = {
      ...EMPTY_LAYER,
      uses: [
        { value: "extra", origin: "--uses" },
        { value: "left", origin: "--uses" },
      ],
      pathAdd: [{ value: "/flag", origin: "--path-add" }],
    };
    const policy = resolve(text, { profile: "main", layer });
    assert.deepEqual(policy.pathAdd, "/defaults /base /left /right /main /extra /flag".split(" "));
    assert.equal(policy.network, "none");
  });

  test("of the command line are the strongest", () => {
    const layer: Layer = { ...EMPTY_LAYER, network: { value: "host", origin: "--network" } };
    assert.equal(resolve(text, { profile: "main" }).network, "none");
    assert.equal(resolve(text, { profile: "main", layer }).network, "host");
  });

  test("that nobody wrote are the safest", () => {
    assert.deepEqual(resolve(""), {
      profile: "default",
      command: [],
      mounts: [],
      pathAdd: [],
      arguments: {},
      variables: [],
      network: "filtered",
      allow: [],
      deny: [],
      registries: [],
      endpoints: [],
      proxies: [],
      logins: [],
      sshKeys: [],
      sshConfirm: "log",
      forwards: [],
      publish: [],
      sockets: [],
      protect: [],
      unprotect: [],
      limits: [],
      mode: "allowlist",
      seccomp: true,
      gitIdentity: false,
      notify: { value: "none", origin: "pale's default" },
      clipboard: { value: "none", origin: "pale's default" },
      terminalFilter: false,
      warnings: [],
    });
  });

  test("keep the words of a profile for the command of its name, the weaker ones first", () => {
    const weak = `[profile.a]\narguments = ["-x"]\n[profile.b]\nuses = ["a"]\narguments = ["-y", "z"]`;
    const strong = resolve(`${weak}\n[profile.c]\nuses = ["b"]`, { profile: "c" });
    assert.deepEqual(strong.arguments, { a: ["-x"], b: ["-y", "z"] });
  });

  test("go through each profile once, however many ways lead to it", { timeout: 5_000 }, () => {
    const profiles = Array.from({ length: 60 }, (_, index) => {
      const uses = index === 59 ? "" : `uses = ["a${index + 1}", "b${index + 1}"]`;
      return ["a", "b"].map((side) => `[profile.${side}${index}]\n${uses}\npath_add = ["/x"]\n`);
    });
    assert.equal(resolve(profiles.flat().join(""), { profile: "a0" }).pathAdd.length, 119);
  });
});

describe("paths", () => {
  const rows: [string, string, string][] = [
    ["~", "/home/ada", "the home directory"],
    ["~/", "/home/ada", "the home directory with a slash"],
    ["~/x/", "/home/ada/x", "below it, without the slash at the end"],
    ["~//x/./y", "/home/ada/x/y", "below it, without what says nothing"],
    ["/x/", "/x", "an absolute path, without the slash at the end"],
    ["/x/../y", "/y", "an absolute path with a step up"],
    ["/", "/", "the root"],
  ];
  for (const [written, resolved, what] of rows) {
    test(`\`${written}\` is ${resolved}: ${what}`, () => {
      const text = `path_add = ["${written}"]\nmounts = [{ host = "${written}", sandbox = "${written}" }]`;
      const { pathAdd, mounts } = resolve(text);
      assert.deepEqual(pathAdd, [resolved]);
      assert.deepEqual(mounts, [
        {
          host: resolved,
          sandbox: resolved,
          access: "ro",
          missing: "fail",
          variable: undefined,
          seeds: [],
          protect: [],
          origin: "c:2",
        },
      ]);
    });
  }
});

describe("a mount with a variable", () => {
  const text = 'mounts = [{ host = "~/.state", variable = "STATE" }]';
  const rows: [string, Record<string, string | undefined>, string][] = [
    ["is where it is by default", {}, "/home/ada/.state"],
    ["is where the variable says", { STATE: "/elsewhere/x/" }, "/elsewhere/x"],
    ["is not moved by a relative path", { STATE: "x" }, "/home/ada/.state"],
    ["is not moved by an empty value", { STATE: "" }, "/home/ada/.state"],
    ["is not moved by `~`, which only a shell knows", { STATE: "~/x" }, "/home/ada/.state"],
  ];
  for (const [what, environment, host] of rows) {
    test(what, () => {
      const [mount] = resolve(text, { environment }).mounts;
      assert.equal(mount?.host, host);
      assert.equal(mount?.variable, "STATE");
    });
  }

  test("is seeded where it is by default, never where it was moved to", () => {
    const seeded = `mounts = [{ host = "~/.state/", variable = "STATE", seed = [
      { from = "~/.old", to = "new" }, { from = "/etc/old", to = "./sub//x" },
    ] }]`;
    assert.deepEqual(resolve(seeded).mounts[0]?.seeds, [
      { from: "/home/ada/.old", to: "/home/ada/.state/new" },
      { from: "/etc/old", to: "/home/ada/.state/sub/x" },
    ]);
    const moved = resolve(seeded, { environment: { STATE: "/elsewhere" } });
    assert.deepEqual(moved.mounts[0]?.seeds, []);
  });

  test("is not moved by what every object has", () => {
    const odd = 'mounts = [{ host = "/x", variable = "constructor" }]';
    assert.equal(resolve(odd).mounts[0]?.host, "/x");
  });
});

describe("the profiles that pale is shipped with", () => {
  for (const [name, state, variable] of [
    ["claude", "/home/ada/.claude", "CLAUDE_CONFIG_DIR"],
    ["codex", "/home/ada/.codex", "CODEX_HOME"],
    ["pi", "/home/ada/.pi/agent", "PI_CODING_AGENT_DIR"],
  ]) {
    test(`give ${name} its state, writable and made when it is missing, and its hosts`, () => {
      const policy = resolvePolicy(compileConfiguration(BUILTIN_PROFILES), {
        profile: undefined,
        command: name,
        layer: EMPTY_LAYER,
        home: "/home/ada",
        project: "/home/ada/project",
        environment: {},
      });
      assert.equal(policy.profile, name);
      assert.equal(policy.network, "filtered");
      assert.ok(policy.allow.length > 0);
      assert.equal(policy.seccomp, true);
      const [mount, ...others] = policy.mounts;
      assert.deepEqual(others, []);
      assert.equal(mount?.host, state);
      assert.equal(mount?.variable, variable);
      assert.deepEqual([mount?.access, mount?.missing], ["rw", "create-directory"]);
    });
  }
});
