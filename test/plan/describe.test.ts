import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { renderChain } from "../../src/plan/bwrap.ts";
import { describePlan, describePlanAsData } from "../../src/plan/describe.ts";
import type { Plan, Variable } from "../../src/plan/plan.ts";
import { escapeUntrusted } from "../../src/terminal.ts";
import { anyOf } from "../helpers/arbitrary.ts";
import { Folder } from "../helpers/folder.ts";
import { FILES, planOf } from "../helpers/plan.ts";

const SECRETS: Plan["variables"] = [
  { name: "HOME", value: "/home/ada", from: "pale", when: "early" },
  { name: "LD_LIBRARY_PATH", value: "planted-secret", from: "host", when: "late" },
  { name: "MODE", value: "two words", from: "profile", when: "early" },
  { name: "TOKEN", value: "planted-secret", from: "host", when: "early" },
];

describe("the plan as a script", () => {
  test("says what a profile warns of, and where variables will be read, escaped", () => {
    const source = { kind: "command", command: ["pass", "a b"], origin: "config.toml:3" } as const;
    const token = { name: "TOKEN", value: "", from: "host", when: "early" } as const;
    const variables: Plan["variables"] = [
      { ...token, source: { ...source, command: [...source.command] } },
      { ...token, name: "KEY", source: { kind: "file", path: "/k y", origin: "--env-file" } },
    ];
    const warnings = [{ value: "x11: \u001B[31m", origin: "x.toml:1" }];
    const lines = describePlan(planOf({ variables, warnings }), FILES).split("\n");
    assert.equal(lines[1], "# warning: x11: \\x1b[31m (x.toml:1)");
    assert.ok(lines.includes(`set -- "$@" TOKEN="$(pass 'a b')"  # config.toml:3`));
    assert.ok(lines.includes(`set -- "$@" KEY="$(cat '/k y')"  # --env-file`));
  });

  test("has a line with a reason for every step", () => {
    const preparations: Plan["preparations"] = [
      { kind: "make-directory", path: "/home/ada/.my state", why: "config.toml:1" },
    ];
    const plan = planOf({ variables: SECRETS, preparations, isolation: ISOLATION });
    assert.equal(
      describePlan(plan, FILES),
      `# profile claude, network host, system calls allowlist
mkdir -p -m 700 '/home/ada/.my state'  # config.toml:1
set --
set -- "$@" HOME=/home/ada  # set by the launcher
set -- "$@" 'MODE=two words'  # set by the profile
set -- "$@" TOKEN="$TOKEN"  # passed
set -- "$@" /cache/init outer  # passes signals and job control on
set -- "$@" /cache/filter  # the system call filter, opened as 200
set -- "$@" -- /usr/bin/bwrap  # makes the sandbox
set -- "$@" --die-with-parent --as-pid-1  # nothing outlives the launcher
set -- "$@" --unshare-user --unshare-pid --unshare-ipc  # own namespaces
set -- "$@" --unshare-uts --unshare-cgroup-try  # own namespaces
set -- "$@" --uid 1000 --gid 1001  # the same user as outside
set -- "$@" --cap-drop ALL  # a read-only bind stays read-only
set -- "$@" --disable-userns  # no nested user namespaces
set -- "$@" --seccomp 200  # only calls on the allowlist
set -- "$@" --ro-bind /usr /usr  # programs
set -- "$@" --perms 0700 --tmpfs /home/ada  # an empty home
set -- "$@" --bind /home/ada/project /home/ada/project  # the project
set -- "$@" --chdir /home/ada/project/src  # where the caller is
set -- "$@" --setenv LD_LIBRARY_PATH "$LD_LIBRARY_PATH"  # not for bubblewrap itself
set -- "$@" -- /run/pale/init inner  # first process inside
set -- "$@" /usr/bin/agent agent --flag 'two words'  # the program, its name, its arguments
exec env -i "$@"
`,
    );
  });

  test("never shows what the caller's variables hold, as text or as data", () => {
    const plan = planOf({ variables: SECRETS });
    assert.match(JSON.stringify(plan), /planted-secret/u, "control: it is in the plan");
    const shown = [describePlan(plan, FILES), JSON.stringify(describePlanAsData(plan, FILES))];
    for (const text of shown) {
      assert.match(text, /TOKEN/u);
      assert.match(text, /LD_LIBRARY_PATH/u);
      assert.doesNotMatch(text, /planted-secret/u);
    }
  });

  test("lets nothing act on the terminal, wherever it comes from", () => {
    const evil = "a\u001B]0;owned\u0007\u202E\rb";
    const plan = planOf({
      profile: evil,
      preparations: [{ kind: "make-directory", path: `/${evil}`, why: evil }],
      mounts: [{ kind: "tmpfs", mode: 0o700, destination: `/${evil}`, why: evil }],
      variables: [{ name: "A", value: evil, from: "profile", when: "early" }],
      workingDirectory: `/${evil}`,
      command: { path: `/${evil}`, argv: [evil] },
    });
    for (const line of describePlan(plan, FILES).split("\n")) {
      assert.equal(escapeUntrusted(line), line);
    }
  });

  test("cannot be broken out of by a reason of several lines", () => {
    const mounts: Plan["mounts"] = [
      { kind: "dev", destination: "/dev", why: "config\ntouch /owned\n.toml:1" },
    ];
    assert.doesNotMatch(describePlan(planOf({ mounts }), FILES), /^touch/mu);
  });

  test("runs the same words with the same environment when a shell reads it", () => {
    using folder = new Folder();
    const init = folder.write(
      "init",
      '#!/bin/sh\nprintf \'%s\\0\' "$0" "$@"; exec env -0\n',
      0o755,
    );
    const made = folder.at("made here/and below");
    const text = fc
      .array(anyOf("ab'\"\\$`!*?#&;|<>(){}[]~ \n\t\u001B\u0007é😀-="), { maxLength: 12 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), text, text, (argv, secret, value) => {
        const plan = planOf({
          preparations: [{ kind: "make-directory", path: made, why: "test" }],
          variables: [
            { name: "LD_X", value: secret, from: "host", when: "late" },
            { name: "TOKEN", value: secret, from: "host", when: "early" },
            { name: "VALUE", value, from: "profile", when: "early" },
          ],
          command: { path: "/usr/bin/agent", argv },
        });
        const files = { ...FILES, init };
        const { stdout, stderr } = spawnSync("bash", ["-c", describePlan(plan, files)], {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], TOKEN: secret, LD_X: secret, OTHER: "x" },
        });
        assert.equal(stderr, "");
        const words = renderChain(plan, files).flatMap((step) => step.words);
        const found = stdout.split("\0").slice(0, -1);
        assert.deepEqual(found.slice(0, words.length), words);
        const variables = found.slice(words.length).filter((entry) => !isOfShell(entry));
        assert.deepEqual(variables.sort(), [`TOKEN=${secret}`, `VALUE=${value}`]);
      }),
      { numRuns: 60 },
    );
    assert.ok(existsSync(made));
    assert.equal(statSync(made).mode & 0o777, 0o700);
  });
});

test("the plan as data is the plan, the words that run, and no values of the caller's", () => {
  const plan = planOf({ variables: SECRETS });
  const data = structuredClone(describePlanAsData(plan, FILES, SUPERVISOR)) as Record<
    string,
    unknown
  >;
  const { argv, variables, supervisor, ...rest } = data;
  const { variables: _, ...expected } = plan;
  assert.deepEqual(rest, expected);
  assert.deepEqual(supervisor, [{ name: "PALE_SUPERVISOR_x", from: "host", when: "early" }]);
  assert.deepEqual(variables, [
    { name: "HOME", from: "pale", when: "early", value: "/home/ada" },
    { name: "LD_LIBRARY_PATH", from: "host", when: "late" },
    { name: "MODE", from: "profile", when: "early", value: "two words" },
    { name: "TOKEN", from: "host", when: "early" },
  ]);
  const words = renderChain(plan, FILES).flatMap((step) => step.words);
  assert.deepEqual(
    argv,
    words.map((word) => (word === "planted-secret" ? "$LD_LIBRARY_PATH" : word)),
  );
});

test("the supervisor's variables are named by the host's name, and never shown", () => {
  const script = describePlan(planOf(), FILES, SUPERVISOR);
  const line = 'set -- "$@" PALE_SUPERVISOR_x="$HTTPS_PROXY"  # for the supervisor alone';
  assert.ok(script.split("\n").includes(line), script);
});

/** What shells set on their own. */
function isOfShell(entry: string): boolean {
  return /^(?:PWD|OLDPWD|SHLVL|_)=/u.test(entry);
}

const ISOLATION: Plan["isolation"] = { ...planOf().isolation, network: "host" };

const SUPERVISOR: Variable[] = [
  {
    name: "PALE_SUPERVISOR_x",
    value: "planted",
    from: "host",
    hostName: "HTTPS_PROXY",
    when: "early",
  },
];
