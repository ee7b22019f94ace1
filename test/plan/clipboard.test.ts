import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { HostFacts, SocketFact } from "../../src/plan/facts.ts";
import type { Policy } from "../../src/policy.ts";
import { debian, policyOf } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const ORDER = { commandLine: ["agent"], learn: false };
const DISPLAY = { kind: "x11", program: "/usr/bin/xclip" } as const;
const IMAGES = { value: "images", origin: "c:3" } as const;

const planOf = (policy: Partial<Policy>, facts: Partial<HostFacts> = {}) => {
  return makePlan(policyOf({ network: "filtered", ...policy }), debian(facts), ORDER);
};

const socketOf = (name: string): SocketFact => {
  const found = { real: "/tmp/x", links: [], place: "/tmp/x", variable: undefined };
  return { name, origin: "c:1", optional: true, target: { kind: "socket", ...found } };
};

const describePlan = (plan: ReturnType<typeof planOf>) => ({
  reader: plan.clipboard?.content,
  door: plan.gate?.listeners.some(({ door }) => door === "clipboard"),
  commands: plan.mounts.filter(({ destination }) => destination.startsWith("/run/pale/bin/"))
    .length,
  path: plan.variables.find(({ name }) => name === "PATH")?.value.split(":")[0],
});

const WITH = { reader: "images", door: true, commands: 2, path: "/run/pale/bin" };
const WITHOUT = { reader: undefined, door: false, commands: 0, path: "/usr/bin" };

describe("the clipboard is planned", () => {
  test("with a door, and commands in front of PATH that use it", () => {
    assert.deepEqual(describePlan(planOf({ clipboard: IMAGES }, { clipboard: DISPLAY })), WITH);
    assert.deepEqual(describePlan(planOf({})), WITHOUT);
  });

  test("without, where the display itself is shown", () => {
    for (const name of ["$DISPLAY", "$WAYLAND_DISPLAY"]) {
      const facts = { clipboard: DISPLAY, sockets: [socketOf(name)] };
      assert.deepEqual(describePlan(planOf({ clipboard: IMAGES }, facts)), WITHOUT);
    }
    const other = { clipboard: DISPLAY, sockets: [socketOf("$SSH_AUTH_SOCK")] };
    assert.deepEqual(describePlan(planOf({ clipboard: IMAGES }, other)), WITH);
  });

  test("not at all where there is no supervisor to read it", () => {
    for (const network of ["none", "host"] as const) {
      const [error] = catchUserErrors(() => planOf({ clipboard: IMAGES, network }));
      assert.equal(error?.message, `\`clipboard\` cannot work with \`network = "${network}"\``);
      assert.equal(error.origin, "c:3");
    }
  });
});

describe("a notice is planned", () => {
  const bell = { value: "bell", origin: "c:4" } as const;

  test("by what the host has; without a terminal there is no bell", () => {
    const terminal = { path: "/dev/pts/3", device: 34_819 };
    const planned = planOf({ notify: bell }, { notifier: { kind: "bell", terminal } });
    assert.deepEqual(planned.notice, { kind: "bell", terminal });
    const without = planOf({ notify: bell }, { notifier: { kind: "bell", terminal: undefined } });
    assert.equal(without.notice, undefined);
    assert.deepEqual(without.warnings, []);
  });

  test("with a word where nobody sees what is refused", () => {
    for (const network of ["none", "host"] as const) {
      const [warning] = planOf({ notify: bell, network }).warnings;
      assert.match(warning?.value ?? "", /^notify: .*nobody sees what is refused/u);
      assert.equal(warning?.origin, "c:4");
    }
    const silent = planOf({ network: "none" });
    assert.deepEqual(silent.warnings, []);
  });
});
