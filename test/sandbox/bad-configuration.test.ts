import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

describe("a configuration that is wrong starts nothing", () => {
  const rows: [name: string, text: string, message: RegExp][] = [
    ["no TOML", "a = = 1\n", /^pale: not valid TOML: .*\n {2}at \S+\/config\.toml:1:5\n$/u],
    [
      "an unknown profile",
      '[profile.p]\nuses = ["gone"]\n',
      /^pale: unknown profile `gone`\n {2}at \S+\/config\.toml:2\n {2}.*\n$/u,
    ],
    [
      "a circle",
      '[profile.p]\nuses = ["q"]\n[profile.q]\nuses = ["p"]\n',
      /^pale: profiles go in a circle: `p` uses `q` uses `p`\n {2}at \S+\/config\.toml:4\n {2}.*\n$/u,
    ],
    [
      "two mounts on one place",
      'mounts = [\n{ host = "/usr" },\n{ host = "/etc", sandbox = "/usr/" },\n]\n',
      /^pale: `\/usr` is mounted on twice in one table\n {2}at \S+\/config\.toml:3\n {2}take one out: the other is on line 2\n$/u,
    ],
    [
      "a path with a line feed",
      '\nmounts = [{ host = "/a\\nb" }]\n',
      /^pale: `mounts\[0\]\.host`: must not hold control characters\n {2}at \S+\/config\.toml:2\n$/u,
    ],
    [
      "a mount of nothing",
      'mounts = [{ host = "/no/such" }]\n',
      /^pale: the mount `\/no\/such` does not exist\n {2}at \S+\/config\.toml:1\n {2}.*\n$/u,
    ],
  ];
  for (const [name, text, message] of rows) {
    test(name, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const started = join(world.project, "started");
      world.write(".config/pale/config.toml", text);
      const check = world.pale(["check"]);
      assert.match(check.stderr, message);
      assert.equal(check.status, 125);
      const run = world.pale(["run", "--", "touch", "started"]);
      assert.deepEqual(run, check);
      assert.equal(existsSync(started), false);
      assert.equal(world.pale(["run", "--no-config", "--", "touch", "started"]).status, 0);
      assert.equal(existsSync(started), true);
    });
  }

  test("pale schema prints a JSON schema of it", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { status, stdout } = world.pale(["schema"]);
    assert.equal(status, 0);
    assert.equal(JSON.parse(stdout).$schema, "https://json-schema.org/draft/2020-12/schema");
  });
});
