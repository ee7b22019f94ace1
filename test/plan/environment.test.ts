import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { planEnvironment } from "../../src/plan/environment.ts";
import type { HostFacts } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import type { Variable } from "../../src/plan/plan.ts";
import type { Policy, VariableRule } from "../../src/policy.ts";
import {
  debian,
  homeBehindLink,
  mountOf,
  nixOnDebian,
  nixos,
  policyOf,
  PROGRAMS,
} from "../helpers/facts.ts";

function plan(facts: HostFacts, policy: Partial<Policy> = {}): Variable[] {
  const mounts = facts.mounts.map(({ mount }) => mount);
  return planEnvironment(policyOf({ mounts, ...policy }), facts, planMounts(facts, "none"));
}

function valueOf(name: string, variables: readonly Variable[]): string | undefined {
  return variables.find((variable) => variable.name === name)?.value;
}

const withEnvironment = (environment: Record<string, string | undefined>) =>
  debian({ environment });
const same = (path: string) => ({ path, real: path });
const pass = (name: string): VariableRule => ({ kind: "pass", name, origin: "c:1" });
const set = (name: string, value: string): VariableRule => ({
  kind: "set",
  name,
  value,
  origin: "c:1",
});

describe("the environment", () => {
  test("is terminal, locale, identity and what pale says, by name", () => {
    const facts = withEnvironment({
      TERM: "xterm",
      LC_ALL: "C",
      LANG: "",
      USER: "mallory",
      HOME: "/somewhere",
      SHELL: "/bin/zsh",
      PATH: "/nowhere",
      PWD: "/x",
      AWS_SECRET_ACCESS_KEY: "secret",
      SSH_AUTH_SOCK: "/tmp/agent",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus",
    });
    const host = { from: "host", when: "early" };
    const pale = { from: "pale", when: "early" };
    assert.deepEqual(plan(facts), [
      { name: "HOME", value: "/home/ada", ...pale },
      { name: "LANG", value: "", ...host },
      { name: "LC_ALL", value: "C", ...host },
      { name: "LOGNAME", value: "ada", ...pale },
      { name: "PALE_SANDBOX", value: "claude", ...pale },
      { name: "PATH", value: "/usr/bin:/bin:/usr/local/bin", ...pale },
      { name: "SHELL", value: "/bin/zsh", ...pale },
      { name: "TERM", value: "xterm", ...host },
      { name: "USER", value: "ada", ...pale },
      { name: "XDG_RUNTIME_DIR", value: "/run/user/1000", ...pale },
    ]);
  });

  test("has what the policy passes and sets, the later rule over the earlier", () => {
    const facts = withEnvironment({ TOKEN: "t", MY_A: "a", MY_B: "b", MYSELF: "no", EMPTY: "" });
    const variables = [
      pass("TOKEN"),
      pass("MY_*"),
      pass("EMPTY"),
      pass("ABSENT"),
      set("MY_B", "set"),
      set("NEW", "n"),
      set("TERM", "dumb"),
    ];
    const planned = plan(facts, { variables });
    const named = planned.filter(({ from }) => from !== "pale");
    assert.deepEqual(
      named.map(({ name, value, from }) => [name, value, from]),
      [
        ["EMPTY", "", "host"],
        ["MY_A", "a", "host"],
        ["MY_B", "set", "profile"],
        ["NEW", "n", "profile"],
        ["TERM", "dumb", "profile"],
        ["TOKEN", "t", "host"],
      ],
    );
  });

  test("lets no rule change what pale says", () => {
    const names = ["HOME", "USER", "LOGNAME", "PATH", "SHELL", "XDG_RUNTIME_DIR", "PALE_SANDBOX"];
    const environment = Object.fromEntries(names.map((name) => [name, "/evil"]));
    const variables = names.flatMap((name) => [pass(name), set(name, "/evil")]);
    const planned = plan(withEnvironment(environment), { variables });
    assert.deepEqual(
      planned.filter(({ value }) => value === "/evil"),
      [],
    );
  });

  test("passes `*` as everything, when that is what the policy says", () => {
    const planned = plan(withEnvironment({ A: "1", B: "2" }), { variables: [pass("*")] });
    assert.equal(valueOf("A", planned), "1");
    assert.equal(valueOf("B", planned), "2");
  });

  test("has no variable with a name that a shell would run", () => {
    const names = ["LC_;id", "LC_$(id)", "LC_A B", "LC_\n", "LC_A%%", "LC_É", ""];
    const environment = Object.fromEntries(names.map((name) => [name, "x"]));
    const planned = plan(withEnvironment({ ...environment, LC_TIME: "C" }), {
      variables: [pass("*"), ...names.map(pass)],
    });
    const passed = planned.filter(({ from }) => from === "host");
    assert.deepEqual(
      passed.map(({ name }) => name),
      ["LC_TIME"],
    );
  });

  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    test(`has no \`${name}\` where the caller has none, and the caller's where there is one`, () => {
      const variables = [pass(name)];
      assert.equal(valueOf(name, plan(withEnvironment({}), { variables })), undefined);
      const environment = Object.fromEntries([[name, "mine"]]);
      assert.equal(valueOf(name, plan(withEnvironment(environment), { variables })), "mine");
    });
  }

  test("is sorted, each name once, however the rules come", () => {
    const name = fc.constantFrom("A", "B", "TERM", "LC_*", "M_*", "PATH");
    const rule = fc.oneof(
      name.map(pass),
      name.map((each) => set(each.replace("*", "X"), "v")),
    );
    fc.assert(
      fc.property(fc.array(rule), (variables) => {
        const facts = withEnvironment({ A: "1", LC_B: "2", LC_A: "3", M_1: "4" });
        const names = plan(facts, { variables }).map((variable) => variable.name);
        assert.deepEqual(names, [...new Set(names)].sort());
      }),
    );
  });
});

describe("a variable that changes how programs are loaded", () => {
  const late = `LD_PRELOAD LD_LIBRARY_PATH GLIBC_TUNABLES GCONV_PATH LOCPATH NLSPATH MALLOC_CHECK_
    BASH_ENV ENV SHELLOPTS BASHOPTS PS4 IFS`.split(/\s+/u);
  const early = ["NIX_LD", "NIX_LD_LIBRARY_PATH", "ENVIRONMENT", "PS1", "OLD_LD_X", "NODE_OPTIONS"];
  for (const [when, names] of [["late", late] as const, ["early", early] as const]) {
    for (const name of names) {
      test(`is set ${when}: ${name}`, () => {
        const planned = plan(withEnvironment({}), { variables: [set(name, "x")] });
        assert.equal(planned.find((variable) => variable.name === name)?.when, when);
      });
    }
  }
});

describe("PATH", () => {
  const rows: [string, HostFacts, string][] = [
    [
      "is the caller's, less what is not there inside",
      debian({ path: ["/home/ada/go/bin", "/usr/local/bin", "/opt/x/bin", "/usr/bin"].map(same) }),
      "/usr/local/bin:/usr/bin:/bin",
    ],
    [
      "has the project's own directories",
      debian({ path: [same("/home/ada/project/bin"), same("/usr/bin")] }),
      "/home/ada/project/bin:/usr/bin:/usr/local/bin:/bin",
    ],
    [
      "has the directory in which the program was found, though nothing else of it is shown",
      debian({
        program: PROGRAMS.native,
        path: [same("/home/ada/.local/bin"), same("/home/ada/bin"), same("/usr/bin")],
      }),
      "/home/ada/.local/bin:/usr/bin:/usr/local/bin:/bin",
    ],
    [
      "has the directory of a program that was named by its path",
      debian({ program: PROGRAMS.npmGlobal, path: [same("/usr/bin")] }),
      "/usr/bin:/home/ada/.npm-global/bin:/usr/local/bin:/bin",
    ],
    [
      "goes through the links of NixOS",
      nixos(),
      "/run/current-system/sw/bin:/etc/profiles/per-user/ada/bin:/usr/bin:/usr/local/bin:/bin",
    ],
    [
      "goes through the links of a Nix profile",
      nixOnDebian({ program: PROGRAMS.nixProfile, path: [same("/home/ada/.nix-profile/bin")] }),
      "/home/ada/.nix-profile/bin:/usr/local/bin:/usr/bin:/bin",
    ],
    [
      "names a directory by its end when the link to it is not there inside",
      nixOnDebian({ path: [{ path: "/home/ada/tools", real: "/nix/store/x-tools/bin" }] }),
      "/nix/store/x-tools/bin:/usr/bin:/usr/local/bin:/bin",
    ],
    [
      "leaves out what is behind a link but not shown there",
      homeBehindLink({
        path: [
          { path: "/home/ada/go/bin", real: "/var/home/ada/go/bin" },
          { path: "/home/ada/project/bin", real: "/var/home/ada/project/bin" },
        ],
      }),
      "/home/ada/project/bin:/usr/bin:/usr/local/bin:/bin",
    ],
    [
      "is enough for a shell when the caller has none",
      debian({ path: [] }),
      "/usr/bin:/usr/local/bin:/bin",
    ],
  ];
  for (const [what, facts, path] of rows) {
    test(what, () => assert.equal(valueOf("PATH", plan(facts)), path));
  }

  test("begins with what the policy adds, also where only the sandbox has it", () => {
    const facts = debian({
      mounts: [mountOf("/srv/tools", { sandbox: "/opt/tools" })],
      path: [same("/usr/share/extra"), ...debian().path],
    });
    const pathAdd = ["/opt/tools/bin", "/usr/share/extra", "/home/ada/nowhere"];
    assert.equal(
      valueOf("PATH", plan(facts, { pathAdd })),
      "/opt/tools/bin:/usr/share/extra:/usr/bin:/bin:/usr/local/bin",
    );
  });
});

describe("SHELL", () => {
  const rows: [string, HostFacts, string | undefined, string][] = [
    ["is the caller's", debian(), "/usr/bin/fish", "/usr/bin/fish"],
    ["is the caller's behind a link of the system", debian(), "/bin/zsh", "/bin/zsh"],
    [
      "is the caller's on NixOS",
      nixos(),
      "/run/current-system/sw/bin/zsh",
      "/run/current-system/sw/bin/zsh",
    ],
    ["is /bin/sh when the caller's is not there inside", debian(), "/home/ada/bin/zsh", "/bin/sh"],
    [
      "is /bin/sh when it is behind a link but not shown",
      homeBehindLink(),
      "/home/ada/zsh",
      "/bin/sh",
    ],
    ["is /bin/sh when the caller has none", debian(), undefined, "/bin/sh"],
    ["is /bin/sh when the caller's is no path", debian(), "zsh", "/bin/sh"],
  ];
  for (const [what, facts, shell, expected] of rows) {
    test(what, () => {
      const planned = plan({ ...facts, environment: { SHELL: shell } });
      assert.equal(valueOf("SHELL", planned), expected);
    });
  }
});

describe("a mount with a variable", () => {
  const rows: [string, Parameters<typeof mountOf>, string | undefined][] = [
    ["names where it is", ["/home/ada/.state", { variable: "STATE" }], "/home/ada/.state"],
    [
      "names where it is inside",
      ["/home/ada/.state", { variable: "STATE", sandbox: "/state" }],
      "/state",
    ],
    [
      "names the way to it, not its end",
      ["/home/ada/.state", { variable: "STATE" }, { real: "/data/state" }],
      "/home/ada/.state",
    ],
    [
      "names where it will be made",
      ["/home/ada/.state", { variable: "STATE", missing: "create-directory" }, { kind: "missing" }],
      "/home/ada/.state",
    ],
    [
      "names nothing when it is left out",
      ["/home/ada/.state", { variable: "STATE", missing: "skip" }, { kind: "missing" }],
      undefined,
    ],
  ];
  for (const [what, mount, value] of rows) {
    test(what, () => {
      const planned = plan(debian({ mounts: [mountOf(...mount)] }));
      assert.equal(valueOf("STATE", planned), value);
    });
  }

  test("has its say over what the caller or the policy would pass", () => {
    const facts = debian({
      mounts: [mountOf("/home/ada/.state", { variable: "STATE" })],
      environment: { STATE: "relative" },
    });
    assert.equal(valueOf("STATE", plan(facts, { variables: [pass("STATE")] })), "/home/ada/.state");
  });
});
