import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoginFact } from "../../src/plan/facts.ts";
import { planLogins } from "../../src/plan/logins.ts";
import type { MountOperation, Preparation } from "../../src/plan/plan.ts";

const HOME = "/home/ada/.claude";
const OWN = "/state/logins/claude-1";

const FACT: LoginFact = {
  login: "claude",
  file: `${HOME}/.credentials.json`,
  directory: HOME,
  home: OWN,
  shared: ["hooks", "projects"],
  own: ["old.json"],
};

function bind(source: string, access: "ro" | "rw" | "overlay"): MountOperation {
  return { kind: "bind", source, destination: source, access, why: "the profile" };
}

function held(name: string): MountOperation {
  const placeholder = { kind: "file", text: "{}" } as const;
  const path = `${HOME}/${name}`;
  return { kind: "held", source: path, destination: path, placeholder, why: "protected" };
}

const SEED: Preparation = {
  kind: "copy-file",
  from: "/home/ada/.claude.json",
  path: `${HOME}/.claude.json`,
  why: "the profile",
};

test("another directory is in the place of the one with the log-in, with what is beside it", () => {
  const mounts = [
    bind(HOME, "rw"),
    bind(`${HOME}/hooks`, "ro"),
    held("new.json"),
    held("old.json"),
    bind("/home/ada/.claudette", "rw"),
  ];
  const planned = planLogins([FACT], { mounts, preparations: [SEED] });
  assert.deepEqual(
    planned.mounts.map((mount) => {
      const source = "source" in mount ? mount.source : "";
      return `${mount.kind} ${"access" in mount ? mount.access : ""} ${source} ${mount.destination}`;
    }),
    [
      `bind rw ${OWN} ${HOME}`,
      `bind rw ${HOME}/projects ${HOME}/projects`,
      `bind ro ${HOME}/hooks ${HOME}/hooks`,
      `held  ${OWN}/new.json ${HOME}/new.json`,
      `bind ro ${OWN}/old.json ${HOME}/old.json`,
      "bind rw /home/ada/.claudette /home/ada/.claudette",
    ],
  );
  assert.deepEqual(planned.preparations, []);
  const [login] = planned.logins;
  assert.deepEqual(login?.seeds, [{ from: "/home/ada/.claude.json", to: ".claude.json" }]);
});

test("a log-in whose directory is not there inside changes nothing", () => {
  const given = { mounts: [bind("/home/ada/.codex", "rw")], preparations: [SEED] };
  assert.deepEqual(planLogins([FACT], given), { ...given, logins: [] });
});

test("an overlay over the log-in is refused", () => {
  const given = { mounts: [bind(HOME, "overlay")], preparations: [] };
  assert.throws(() => planLogins([FACT], given), /an overlay of `.*` would show the log-in/u);
});
