import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Order } from "../../src/plan/make-plan.ts";
import { debian, mountOf, policyOf } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

describe("makePlan", () => {
  test("says all that a launch does", () => {
    const state = mountOf(
      "/home/ada/.claude",
      { access: "rw", missing: "create-directory", variable: "CLAUDE_CONFIG_DIR" },
      { kind: "missing" },
    );
    const facts = debian({ mounts: [state] });
    const policy = policyOf({ mounts: [state.mount], network: "host" });
    const { mounts, variables, ...rest } = makePlan(policy, facts, orderOf("agent", "--flag", ""));
    assert.deepEqual(rest, {
      profile: "claude",
      architecture: "x86_64",
      bwrap: facts.tools.bwrap,
      preparations: [{ kind: "make-directory", path: "/home/ada/.claude", why: "config.toml:1" }],
      isolation: { uid: 1000, gid: 1000, network: "host", nestedNamespaces: "closed-by-bwrap" },
      gate: undefined,
      notice: undefined,
      clipboard: undefined,
      sshAgent: undefined,
      seccomp: { kind: "allowlist" },
      terminalFilter: false,
      workingDirectory: "/home/ada/project",
      command: { path: "/usr/bin/agent", argv: ["agent", "--flag", ""] },
      limits: { resources: [], scratch: undefined, cgroup: undefined },
      overlays: [],
      warnings: [],
    });
    assert.ok(mounts.some(({ destination }) => destination === "/home/ada/.claude"));
    assert.ok(mounts.some(({ destination }) => destination === "/etc/resolv.conf"));
    assert.ok(variables.some(({ name }) => name === "CLAUDE_CONFIG_DIR"));
  });

  test("is the same for the same input, which it does not change", () => {
    const facts = debian({ mounts: [mountOf("/opt/x")] });
    const policy = policyOf();
    const before = structuredClone({ facts, policy });
    assert.deepEqual(
      makePlan(policy, facts, orderOf("agent")),
      makePlan(policy, facts, orderOf("agent")),
    );
    assert.deepEqual({ facts, policy }, before);
  });

  test("is refused for a project that would hand over too much", () => {
    const project = { ...debian().project, root: "/home/ada/.ssh" };
    const [error] = catchUserErrors(() =>
      makePlan(policyOf(), debian({ project }), orderOf("agent")),
    );
    assert.match(error?.message ?? "", /cannot be the project/u);
  });
});

describe("nested user namespaces", () => {
  const rows: [string, "closed-by-bwrap" | "closed-by-seccomp"][] = [
    ["0.8.0", "closed-by-bwrap"],
    ["0.8", "closed-by-bwrap"],
    ["0.8.1", "closed-by-bwrap"],
    ["0.11.0", "closed-by-bwrap"],
    ["1.0", "closed-by-bwrap"],
    ["0.7.9", "closed-by-seccomp"],
    ["0.6.1", "closed-by-seccomp"],
    ["0", "closed-by-seccomp"],
    ["", "closed-by-seccomp"],
  ];
  for (const [version, expected] of rows) {
    test(`are ${expected} by bubblewrap ${version || "of no version"}`, () => {
      const { isolation } = makePlan(policyOf(), withBwrap(version), orderOf("agent"));
      assert.equal(isolation.nestedNamespaces, expected);
    });
  }

  test("are never left open", () => {
    const policy = policyOf({ seccomp: false });
    const plan = makePlan(policy, withBwrap("0.8.0"), orderOf("agent"));
    assert.deepEqual(plan.seccomp, { kind: "denylist" });
    assert.deepEqual(
      catchUserErrors(() => makePlan(policy, withBwrap("0.7.0"), orderOf("agent"))),
      [
        {
          message: "without seccomp this bubblewrap leaves nested user namespaces open",
          origin: "/usr/bin/bwrap 0.7.0, which lacks --disable-userns (0.8.0)",
          hint: "leave out `--no-seccomp`, or install a newer bubblewrap",
        },
      ],
    );
  });
});

function orderOf(...commandLine: string[]): Order {
  return { commandLine, learn: false };
}

function withBwrap(version: string) {
  return debian({ tools: { bwrap: { path: "/usr/bin/bwrap", fingerprint: "1:2", version } } });
}
