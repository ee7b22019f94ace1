import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketFact, SocketTarget } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import { planEnvironment } from "../../src/plan/environment.ts";
import { planSocketParents } from "../../src/plan/sockets.ts";
import { splitSocket } from "../../src/socket-words.ts";
import { debian, mountOf, policyOf } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

describe("splitSocket", () => {
  for (const [text, expected] of [
    ["/run/a", { host: "/run/a", inside: undefined, optional: false }],
    ["~/a?", { host: "~/a", inside: undefined, optional: true }],
    ["$NAME", { host: "$NAME", inside: undefined, optional: false }],
    ["$NAME/a:/b?", { host: "$NAME/a", inside: "/b", optional: true }],
    ["/a:~/b", { host: "/a", inside: "~/b", optional: false }],
    ["a", undefined],
    ["", undefined],
    ["?", undefined],
    ["/a:", undefined],
    ["/a:$NAME", undefined],
    ["/a:/b:/c", undefined],
    ["$1", undefined],
    ["/a\nb", undefined],
  ] as const) {
    test(`${expected ? "takes" : "refuses"} ${JSON.stringify(text)}`, () => {
      assert.deepEqual(splitSocket(text), expected);
    });
  }
});

const socketOf = (target: SocketTarget, changes: Partial<SocketFact> = {}): SocketFact => {
  return { name: "$SOCK", origin: "config.toml:2", optional: false, target, ...changes };
};

const found = (place: string): SocketTarget => {
  return {
    kind: "socket",
    real: place,
    links: [],
    place,
    variable: { name: "SOCK", value: place },
  };
};

describe("a socket that the policy names", () => {
  test("is mounted alone, in directories of the user's own, and its variable set", () => {
    const facts = debian({ sockets: [socketOf(found("/run/user/1000/a/b/sock"))] });
    const mounts = planMounts(facts, "none");
    const shown = mounts.filter(({ destination }) => destination.startsWith("/run/user/1000/"));
    assert.deepEqual(
      shown.map((mount) => [mount.kind, mount.destination]),
      [
        ["directory", "/run/user/1000/a"],
        ["directory", "/run/user/1000/a/b"],
        ["bind", "/run/user/1000/a/b/sock"],
      ],
    );
    const variables = planEnvironment(policyOf(), facts, mounts);
    const variable = variables.find(({ name }) => name === "SOCK");
    assert.deepEqual([variable?.value, variable?.from], ["/run/user/1000/a/b/sock", "host"]);
  });

  test("needs no directory in the project, which the host has", () => {
    const facts = debian({ sockets: [socketOf(found("/home/ada/project/a/sock"))] });
    assert.deepEqual(planSocketParents(facts.sockets, planMounts(facts, "none")), []);
  });

  test("is left out when it may be missing and is, and else refused", () => {
    const none: SocketTarget = { kind: "none", problem: "the socket `/x` does not exist" };
    const without = planMounts(debian(), "none");
    const optional = debian({ sockets: [socketOf(none, { optional: true })] });
    assert.deepEqual(planMounts(optional, "none"), without);
    const needed = debian({ sockets: [socketOf(none)] });
    const [error] = catchUserErrors(() => planMounts(needed, "none"));
    assert.equal(error?.message, "the socket `/x` does not exist");
    assert.match(error?.hint ?? "", /write `\$SOCK\?` if it may be missing/u);
  });
});

describe("a socket by which programs outside are run", () => {
  const bus = "/run/user/1000/bus";

  test("is not shown by a mount of its directory, unless it is named", () => {
    const mounts = [mountOf("/run/user/1000")];
    const facts = debian({ mounts: [mountOf("/opt/x")], controlSockets: [] });
    assert.ok(planMounts(facts, "none").length > 0);
    const shown = debian({ mounts, controlSockets: [bus] });
    const [error] = catchUserErrors(() => planMounts(shown, "none"));
    assert.match(error?.message ?? "", /`\/run\/user\/1000` would show `\/run\/user\/1000\/bus`/u);
  });

  test("is refused also when it may be missing", () => {
    const hidden = socketOf({ kind: "control", real: bus }, { optional: true });
    const [error] = catchUserErrors(() => planMounts(debian({ sockets: [hidden] }), "none"));
    assert.match(error?.message ?? "", /`\$SOCK` leads to `\/run\/user\/1000\/bus`/u);
  });
});
