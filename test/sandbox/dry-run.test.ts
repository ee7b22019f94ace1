import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

describe("--dry-run", () => {
  test("starts nothing and makes nothing that it would make", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/pale/config.toml", '[[mounts]]\nhost = "~/made"\ncreate = true\n');
    const { status, stdout } = world.pale(["run", "--dry-run", "--", "touch", "started"]);
    assert.equal(status, 0);
    assert.match(stdout, /^mkdir -p -m 700 .*\/made {2}# .*config\.toml:1$/mu);
    assert.equal(existsSync(join(world.home, "made")), false);
    assert.equal(existsSync(join(world.project, "started")), false);
    assert.equal(world.pale(["run", "--", "touch", "started"]).status, 0);
    assert.equal(statSync(join(world.home, "made")).mode & 0o777, 0o700);
    assert.equal(existsSync(join(world.project, "started")), true);
  });

  test("prints a script that does the same when it is pasted", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const command = [
      "sh",
      "-c",
      'pwd; echo "$1"; cat /etc/hosts; env | sort',
      "sh",
      "it's; $HOME\n2",
    ];
    const ran = world.pale(["run", "-e", "LD_LIBRARY_PATH=/x y", "--", ...command]);
    const printed = world.pale([
      "run",
      "--dry-run",
      "-e",
      "LD_LIBRARY_PATH=/x y",
      "--",
      ...command,
    ]);
    assert.match(ran.stdout, /it's; \$HOME\n2\n/u);
    assert.deepEqual(world.outside(printed.stdout), ran);
  });

  test("never shows the value of a passed variable, as text or as data", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const env = { TOKEN: "planted-secret" };
    for (const flag of ["--dry-run", "--dry-run=json"]) {
      const { stdout } = world.pale(["run", flag, "-e", "TOKEN", "--", "true"], { env });
      assert.match(stdout, /TOKEN/u);
      assert.doesNotMatch(stdout, /planted-secret/u);
    }
  });

  test("escapes what could act on the terminal", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stdout } = world.pale(["run", "--dry-run", "--", "echo", "\u001B]0;owned\u0007"]);
    assert.equal(stdout.includes("\u001B"), false);
    assert.match(stdout, /\$'\\x1b\]0;owned\\x07'/u);
  });

  test("=json gives the plan as data", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const plan = JSON.parse(world.pale(["run", "--dry-run=json", "--", "true"]).stdout);
    assert.equal(plan.workingDirectory, world.project);
    assert.equal(plan.isolation.network, "filtered");
    assert.ok(plan.argv.includes("--disable-userns"));
  });
});
