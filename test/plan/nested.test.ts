import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TableMount } from "../../src/plan/mount-table.ts";
import { nestPlan, renderNested } from "../../src/plan/nested.ts";
import type { MountOperation, NetworkGate, Plan } from "../../src/plan/plan.ts";
import { planOf } from "../helpers/plan.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const PROJECT = "/home/ada/project";
const OUTER: TableMount[] = [
  { place: "/", type: "tmpfs", readOnly: true },
  { place: PROJECT, type: "ext4", readOnly: false },
];

function nest(changes: Partial<Plan> = {}, mounts: TableMount[] = []) {
  return nestPlan(planOf(changes), { mounts: [...OUTER, ...mounts], isSame: () => false });
}

function problems(changes: Partial<Plan>, mounts: TableMount[] = []): string[] {
  return catchUserErrors(() => nest(changes, mounts)).map(({ message }) => message);
}

const GATE: NetworkGate = {
  allow: [],
  found: [],
  deny: [],
  open: false,
  learn: false,
  listeners: [],
  publish: [],
  proxies: [],
  logins: [],
};

const filtered: Plan["isolation"] = { ...planOf().isolation, network: "filtered" };

describe("nestPlan", () => {
  test("gives a rule for everything that is shown, and none for what is private", () => {
    const { rules, internet } = nest();
    const own = rules.filter(({ why }) => why !== "devices");
    assert.deepEqual(
      own.map(({ access, path }) => `${access} ${path}`),
      ["read /usr", `write ${PROJECT}`],
    );
    assert.equal(internet, false);
    assert.deepEqual(
      renderNested({ rules: own, limits: [], internet }).flatMap((s) => s.words),
      ["nested", "--no-internet", "--read", "/usr", "--write", PROJECT],
    );
  });

  test("leaves out the devices that are shared with all of the sandbox", () => {
    const paths = nest().rules.map(({ path }) => path);
    assert.ok(paths.includes("/dev/null"));
    assert.ok(!paths.some((path) => /^\/dev(?:\/(?:shm|pts))?$/u.test(path)));
  });

  test("keeps the network of the outer sandbox only where all of it is asked for", () => {
    assert.equal(nest({ isolation: { ...filtered, network: "host" } }).internet, true);
    assert.equal(nest({ isolation: filtered, gate: GATE }).internet, false);
  });

  const protectedPath: MountOperation = {
    kind: "bind",
    access: "ro",
    source: `${PROJECT}/.envrc`,
    destination: `${PROJECT}/.envrc`,
    why: "protected: direnv runs it",
  };
  const held: MountOperation = {
    kind: "held",
    source: `${PROJECT}/.envrc`,
    destination: `${PROJECT}/.envrc`,
    placeholder: { kind: "nothing" },
    why: "protected: direnv runs it",
  };
  const withMounts = (...more: MountOperation[]) => ({ mounts: [...planOf().mounts, ...more] });
  const place = `${PROJECT}/.envrc`;

  for (const mount of [protectedPath, held]) {
    test(`takes what is read-only in what is written (${mount.kind}) from the outer sandbox alone`, () => {
      const said = [
        `\`${place}\` read-only in what can be written cannot be held inside another sandbox`,
      ];
      const changes = withMounts(mount);
      assert.deepEqual(problems(changes), said);
      assert.deepEqual(problems(changes, [{ place, type: "ext4", readOnly: false }]), said);
      assert.ok(nest(changes, [{ place, type: "ext4", readOnly: true }]));
    });
  }

  test("takes something empty from nothing but an empty mount at the very place", () => {
    const mask: MountOperation = {
      kind: "mask",
      of: "directory",
      destination: `${PROJECT}/x`,
      why: "--mask",
    };
    const at = { place: `${PROJECT}/x`, type: "tmpfs", readOnly: true };
    assert.ok(nest(withMounts(mask), [at]));
    for (const other of [
      { ...at, type: "ext4" },
      { ...at, readOnly: false },
      { ...at, place: PROJECT },
    ]) {
      assert.equal(problems(withMounts(mask), [other]).length, 1, JSON.stringify(other));
    }
  });

  test("names every problem at once", () => {
    const gate = { ...GATE, allow: ["a.example"] };
    const limits = { resources: [], scratch: 1, cgroup: { parent: "/x", memory: 1 } };
    const mount: MountOperation = { ...protectedPath, source: "/a", destination: "/b" };
    const rest = { isolation: filtered, terminalFilter: true };
    assert.deepEqual(problems({ gate, limits, ...rest, ...withMounts(mount) }), [
      "`/a` at another place, `/b`, cannot be held inside another sandbox",
      "another choice of hosts cannot be held inside another sandbox",
      "a limit of memory cannot be held inside another sandbox",
      "a limit of scratch directories cannot be held inside another sandbox",
      "a filter of the terminal cannot be held inside another sandbox",
    ]);
  });

  const gates: Partial<NetworkGate>[] = [
    { allow: ["a.example"] },
    { found: ["a.example"] },
    { open: true },
    { publish: [{ kind: "auto" }] },
    { listeners: [{ door: "forward", transport: "tcp", address: "::1", port: 1, hostPort: 1 }] },
  ];
  for (const gate of gates) {
    test(`refuses another choice of hosts: ${JSON.stringify(gate)}`, () => {
      assert.equal(problems({ gate: { ...GATE, ...gate }, isolation: filtered }).length, 1);
    });
  }

  test("refuses a choice of ssh keys", () => {
    const sshAgent = { socket: "/run/agent", keys: [], askpass: undefined };
    assert.deepEqual(problems({ gate: GATE, isolation: filtered, sshAgent }), [
      "a choice of ssh keys cannot be held inside another sandbox",
    ]);
  });
});
