import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ProtectedFact } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import { debian, mountOf } from "../helpers/facts.ts";

const ROOT = "/home/ada/project";

describe("a protected path", () => {
  const there = fact(".vscode", { kind: "present" });
  const missing = fact(".envrc", { kind: "missing", placeholder: { kind: "nothing" } });
  const hooks = fact(".git/hooks", { kind: "present" });
  const rows: [string, ProtectedFact[], ReturnType<typeof mountOf>[], string[]][] = [
    ["is mounted over itself, read-only", [there], [], ["bind ro .vscode"]],
    ["is held where nothing is", [missing], [], ["held .envrc"]],
    ["keeps what it is in from being moved", [hooks], [], ["bind rw .git", "bind ro .git/hooks"]],
    [
      "is as a mount of the policy on the same place says",
      [there],
      [mountOf(`${ROOT}/.vscode`, { access: "rw" })],
      ["bind rw .vscode"],
    ],
    ["needs nothing in a project that is read-only", [there, missing], [mountOf(ROOT)], []],
    [
      "needs nothing in another one",
      [hooks, fact(".git/hooks/deep", { kind: "present" })],
      [],
      ["bind rw .git", "bind ro .git/hooks"],
    ],
  ];
  for (const [what, facts, mounts, lines] of rows) {
    test(what, () => {
      const planned = planMounts(debian({ protected: facts, mounts }), "none");
      assert.deepEqual(
        planned
          .filter(({ destination }) => destination.startsWith(`${ROOT}/`))
          .map((mount) =>
            [
              mount.kind,
              mount.kind === "bind" ? mount.access : "",
              mount.destination.slice(ROOT.length + 1),
            ]
              .filter(Boolean)
              .join(" "),
          ),
        lines,
      );
    });
  }

  test("is shown at the place of the mount that it is in, with its reason", () => {
    const mounts = [mountOf("/srv/state", { access: "rw", sandbox: "/state" })];
    const path = "/srv/state/hooks";
    const state: ProtectedFact = { name: "n", why: "w", kind: "present", path };
    assert.deepEqual(
      planMounts(debian({ protected: [state], mounts }), "none").find(
        ({ destination }) => destination === "/state/hooks",
      ),
      {
        kind: "bind",
        access: "ro",
        source: path,
        destination: "/state/hooks",
        why: "protected: w",
      },
    );
  });

  test("that is a link stops the launch", () => {
    const facts = [fact(".envrc", { kind: "link" })];
    assert.throws(() => planMounts(debian({ protected: facts }), "none"), {
      message: "`.envrc` cannot be protected: `/home/ada/project/.envrc` is a link",
    });
  });
});

type State =
  | { kind: "present" | "link" }
  | Pick<Extract<ProtectedFact, { kind: "missing" }>, "kind" | "placeholder">;

function fact(name: string, state: State): ProtectedFact {
  return { name, path: `${ROOT}/${name}`, why: "for a reason", ...state };
}
