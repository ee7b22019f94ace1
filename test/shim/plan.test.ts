import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileConfiguration } from "../../src/config/compile.ts";
import type { ConfigurationChoice } from "../../src/config/load.ts";
import { hashText } from "../../src/hash.ts";
import { findStaleness, renderPlan } from "../../src/shim/plan.ts";
import type { Compiled, Present, ShimPlan } from "../../src/shim/plan.ts";
import { parseReference, readPlan, renderReference } from "../../src/shim/plan-reference.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const CHOICE: ConfigurationChoice = { kind: "user", directory: "/c" };
const OWNER = { name: "claude", profile: "claude" };

function compile(texts: Record<string, string>): Compiled {
  const sources = Object.entries(texts).map(([name, text]) => ({ name, text }));
  return { choice: CHOICE, sources, configuration: compileConfiguration(sources) };
}

const TEXTS = { "/c/config.toml": "[profile.claude]\n", "/c/profiles/a.toml": "allow = ['a.b']\n" };
const NOW: Present = { owner: OWNER, choice: CHOICE, sources: compile(TEXTS).sources };

function make(texts: Record<string, string> = TEXTS): ShimPlan {
  return JSON.parse(renderPlan(OWNER, compile(texts)).text) as ShimPlan;
}

describe("renderPlan", () => {
  test("gives the same bytes for the same input, and other ones for any other", () => {
    const plan = renderPlan(OWNER, compile(TEXTS));
    assert.deepEqual(renderPlan(OWNER, compile(TEXTS)), plan);
    assert.equal(plan.hash, hashText(plan.text));
    assert.equal(plan.name, `claude-${plan.hash.slice(0, 16)}.json`);
    const others = [
      renderPlan({ name: "claude" }, compile(TEXTS)),
      renderPlan({ ...OWNER, name: "npm" }, compile(TEXTS)),
      renderPlan(OWNER, compile({ ...TEXTS, "/c/config.toml": "# more\n[profile.claude]\n" })),
      renderPlan(OWNER, { ...compile(TEXTS), choice: { kind: "file", path: "/c/config.toml" } }),
    ];
    assert.equal(new Set([plan, ...others].map(({ hash }) => hash)).size, 5);
  });

  test("has what the files say, compiled", () => {
    assert.deepEqual(make().configuration, compile(TEXTS).configuration);
  });
});

describe("a plan holds", () => {
  test("while nothing is another", () => {
    assert.equal(findStaleness(make(), NOW), undefined);
  });

  const CHANGES: [string, ShimPlan, Present, string][] = [
    ["pale is another build", { ...make(), build: "x" }, NOW, "pale is another build"],
    [
      "a file has changed",
      make(),
      { ...NOW, sources: compile({ ...TEXTS, "/c/profiles/a.toml": "" }).sources },
      "/c/profiles/a.toml has changed",
    ],
    [
      "a file has come",
      make(),
      { ...NOW, sources: compile({ ...TEXTS, "/c/profiles/b.toml": "" }).sources },
      "/c/profiles/b.toml is new",
    ],
    [
      "a file has gone",
      make(),
      { ...NOW, sources: NOW.sources.slice(1) },
      "/c/config.toml is gone",
    ],
    ["all have gone", make(), { ...NOW, sources: [] }, "/c/config.toml is gone"],
    [
      "the first has come",
      make({}),
      { ...NOW, sources: compile({ "/c/config.toml": "" }).sources },
      "/c/config.toml is new",
    ],
    [
      "the order is another",
      make(),
      { ...NOW, sources: NOW.sources.toReversed() },
      "/c/profiles/a.toml has changed",
    ],
    [
      "another profile is asked for",
      make(),
      { ...NOW, owner: { ...OWNER, profile: "x" } },
      "it is for another command or profile",
    ],
    [
      "another command is run",
      make(),
      { ...NOW, owner: { ...OWNER, name: "x" } },
      "it is for another command or profile",
    ],
    [
      "another configuration is chosen",
      make(),
      { ...NOW, choice: { kind: "user", directory: "/d" } },
      "another configuration counts",
    ],
    [
      "none is chosen",
      make(),
      { ...NOW, choice: { kind: "none" } },
      "another configuration counts",
    ],
  ];
  for (const [name, plan, now, reason] of CHANGES) {
    test(`not when ${name}`, () => {
      assert.equal(findStaleness(plan, now), reason);
    });
  }
});

describe("readPlan", () => {
  const HINT = "look what became of it, and write it again: pale shims";

  test("gives what was written, under a name with any characters", () => {
    using folder = new Folder();
    const { text, hash } = renderPlan(OWNER, compile(TEXTS));
    const path = folder.write("a: b's/plan.json", text);
    const reference = parseReference(renderReference({ path, hash }));
    assert.deepEqual(reference, { path, hash });
    assert.deepEqual(readPlan({ path, hash }), JSON.parse(text));
  });

  test("stops at other bytes, at none, and at what is no plan", () => {
    using folder = new Folder();
    const { text, hash } = renderPlan(OWNER, compile(TEXTS));
    const path = folder.write("plan.json", `${text} `);
    const refuse = (message: string, reference: { path: string; hash: string }) => {
      const [error] = catchUserErrors(() => readPlan(reference));
      assert.deepEqual([error?.message, error?.hint], [message, HINT]);
    };
    refuse("the plan of this shim is not what the shim was written for", { path, hash });
    refuse("the plan of this shim cannot be read", { path: folder.at("nosuch"), hash });
    refuse("the plan of this shim cannot be read", { path: folder.path, hash });
    for (const other of ["{", "null", "7", "[]"]) {
      const file = folder.write("other.json", other);
      refuse("the plan of this shim is not a plan", { path: file, hash: hashText(other) });
    }
  });
});
