import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { hasUsed, reduceConfiguration } from "../../src/config/reduce.ts";
import { resolveLayer } from "../../src/config/resolve.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";

const TEXT = `
uses = ["ground"]
[profile.ground]
[profile.one]
uses = ["two"]
[profile.two]
uses = ["three"]
[profile.three]
[profile.other]
uses = ["three"]
[project."/p"]
uses = ["of-project"]
[profile.of-project]
`;

describe("reduceConfiguration", () => {
  const whole = compileConfiguration([{ name: "c.toml", text: TEXT }]);

  test("keeps a profile, what it uses, and what defaults and projects use", () => {
    const { profiles, defaults, projects } = reduceConfiguration(whole, "one");
    assert.deepEqual(Object.keys(profiles), ["ground", "one", "two", "three", "of-project"]);
    assert.deepEqual(
      { defaults, projects },
      { defaults: whole.defaults, projects: whole.projects },
    );
  });

  test("keeps what defaults and projects use where there is no such profile", () => {
    for (const name of ["nosuch", "toString", "__proto__"]) {
      const { profiles } = reduceConfiguration(whole, name);
      assert.deepEqual(Object.keys(profiles), ["ground", "of-project"]);
    }
  });

  test("knows whether a layer uses what is left", () => {
    const left = reduceConfiguration(whole, "one");
    const using = (...names: string[]) => ({
      ...EMPTY_LAYER,
      uses: names.map((value) => ({ value, origin: "test" })),
    });
    assert.equal(hasUsed(left, [EMPTY_LAYER, using("one"), using("three", "ground")]), true);
    assert.equal(hasUsed(left, [using("one"), using("other")]), false);
    assert.equal(hasUsed(left, [using("toString")]), false);
  });

  test("resolves to the same for every profile shipped, in a project or not", () => {
    const sources = [...BUILTIN_PROFILES, { name: "c.toml", text: TEXT }];
    const configuration = compileConfiguration(sources);
    for (const profile of Object.keys(configuration.profiles)) {
      for (const project of ["/p", "/q"]) {
        const request = { profile, command: "x", layer: EMPTY_LAYER, home: "/h", project };
        const asked = { ...request, environment: {} };
        const reduced = reduceConfiguration(configuration, profile);
        assert.deepEqual(resolveLayer(reduced, asked), resolveLayer(configuration, asked), profile);
      }
    }
  });
});
