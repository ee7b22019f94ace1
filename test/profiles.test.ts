import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { MARK, renderProfiles } from "../scripts/profiles-page.ts";
import { AGENTS, BUILTIN_PROFILES } from "../src/config/builtin.ts";
import { compileConfiguration } from "../src/config/compile.ts";
import { resolvePolicy } from "../src/config/resolve.ts";
import { splitSocket } from "../src/socket-words.ts";
import { EMPTY_LAYER } from "../src/policy.ts";

const configuration = compileConfiguration(BUILTIN_PROFILES);

describe("the profiles that pale is shipped with", () => {
  for (const [name, layer] of Object.entries(configuration.profiles)) {
    test(`${name} asks for nothing that a machine may not have`, () => {
      const needed = layer.mounts.filter(({ missing }) => missing === "fail");
      assert.deepEqual(needed, []);
      const sockets = layer.sockets.filter(({ value }) => !splitSocket(value)?.optional);
      assert.deepEqual(sockets, []);
    });

    test(`${name} says so when it grants a socket or a shared cache of code`, () => {
      const isAgent = AGENTS.includes(name);
      const caches = layer.mounts.filter(({ access, host }) => {
        return access === "rw" && !host.startsWith("~/.npm/");
      });
      const isWide = layer.sockets.length > 0 || (!isAgent && caches.length > 0);
      const warning = layer.warning?.value ?? "";
      assert.equal(
        warning.startsWith(`${name}: `),
        isWide || ["gh", "clipboard"].includes(name),
        warning,
      );
    });
  }

  for (const name of AGENTS) {
    test(`give ${name} a filtered network, hosts, state and who commits`, () => {
      const policy = resolvePolicy(configuration, {
        profile: name,
        command: name,
        layer: EMPTY_LAYER,
        home: "/home/ada",
        project: "/home/ada/project",
        environment: {},
      });
      assert.equal(policy.network, "filtered");
      assert.ok(policy.allow.length > 0);
      assert.ok(policy.mounts.some(({ access }) => access === "rw"));
      assert.deepEqual(policy.warnings, []);
      assert.equal(policy.gitIdentity, true);
    });
  }

  test("are in docs/profiles.md as they are", () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/profiles.md"), "utf8");
    const [, tables] = page.split(MARK);
    assert.equal(
      tables?.trim(),
      renderProfiles(),
      "bun scripts/generate-profiles.ts brings it up to date",
    );
  });
});
