import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

test("a shim of the user's own runs in a sandbox with its arguments, the raw one with neither", (context) => {
  if (!requireSandbox(context)) return;
  using world = new World();
  const secret = world.write("secret.txt", "a secret\n");
  const added = world.pale(["shims", "add", "grep", "--", "-c"]);
  assert.deepEqual([added.status, added.stderr], [0, ""]);
  const shims = join(world.home, ".local/share/pale/shims");
  const run = (name: string, file: string) => world.spawn([join(shims, name), "secret", file]);
  world.write("work/project/inside.txt", "one secret\n");
  assert.deepEqual(run("grep", "inside.txt"), { status: 0, stdout: "1\n", stderr: "" });
  const raw = { status: 0, stdout: "one secret\n", stderr: "" };
  assert.deepEqual(run("grep-raw", "inside.txt"), raw, "no `-c`");
  const denied = run("grep", secret);
  assert.equal(denied.status, 2);
  assert.match(denied.stderr, /No such file or directory/u);
  assert.equal(run("grep-raw", secret).stdout, "a secret\n", "control");
});
