import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** An agent that could write the configuration of a registry would choose what may be reached. */

describe("the configuration of a registry", () => {
  const rows: [option: string, isRefused: boolean][] = [
    ["--rw", true],
    // Kept apart today; at the launch before, it may have been shown writable.
    ["--overlay", true],
    ["--ro", false],
  ];
  for (const [option, isRefused] of rows) {
    test(`is ${isRefused ? "not believed" : "believed"} where a mount shows it with ${option}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      world.write(".config/pale/config.toml", 'registries = ["npm"]\n');
      const file = world.write("tool/npmrc", "registry=https://npm.test/\n");
      const env = { NPM_CONFIG_USERCONFIG: file };
      const words = ["run", option, `${world.home}/tool`, "--dry-run=json", "--", "true"];
      const { status, stdout, stderr } = world.pale(words, { env });
      assert.equal(status === 0, !isRefused, stderr);
      if (isRefused) assert.match(stderr, /^pale: an agent could write `.*\/tool\/npmrc`$/mu);
      else assert.match(stdout, /npm\.test/u);
    });
  }
});
