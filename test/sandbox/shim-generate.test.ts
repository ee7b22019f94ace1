import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** As a package manager has them: for one program and one configuration, and not to be changed. */
test("a generated shim runs exactly its program under the command's name, whatever is on PATH", (context) => {
  if (!requireSandbox(context)) return;
  using world = new World();
  const config = world.write("store/c.toml", 'network = "none"\nenv.set = { FROM = "store" }\n');
  world.write(".config/pale/config.toml", 'env.set = { FROM = "user" }\n');
  world.write("bin/agent", "#!/bin/sh\necho the one on PATH\n", 0o755);
  // bash tells the name that it was called by.
  const shim = { name: "agent", program: "/bin/bash", arguments: ["-c"], raw: "agent-plain" };
  const out = join(world.root, "out");
  const words = ["shims", "generate", out, "--config", config, "--shim", JSON.stringify(shim)];
  assert.equal(world.pale(words).status, 0);
  const env = { PATH: `${out}/bin:${world.home}/bin:/usr/bin:/bin` };
  const run = (line: string) => world.outside(line, { env });
  const script = `'echo "$0 $FROM"'`;
  const inside = { status: 0, stdout: "agent store\n", stderr: "" };
  assert.deepEqual(run(`agent ${script}`), inside);
  const outside = { status: 0, stdout: "/bin/bash \n", stderr: "" };
  assert.deepEqual(run(`agent-plain -c ${script}`), outside, "the twin has no arguments");
  const text = readFileSync(join(out, "bin/agent"), "utf8");
  world.write("store/c.toml", 'network = "none"\nenv.set = { FROM = "changed" }\n');
  assert.deepEqual(run(`agent ${script}`), { ...inside, stdout: "agent changed\n" });
  assert.equal(readFileSync(join(out, "bin/agent"), "utf8"), text, "never rewritten");
});

test("its program is run inside of a sandbox as well, though it is on no PATH", (context) => {
  if (!requireSandbox(context)) return;
  using world = new World();
  const inside = (options: string) =>
    world.inside(`/run/pale/pale run --shim ${options} -- agent -c 'echo "$0"'`);
  assert.deepEqual(inside("--program /bin/bash"), { status: 0, stdout: "agent\n", stderr: "" });
  assert.match(inside("").stderr, /`agent` was not found on PATH/u, "control");
});
