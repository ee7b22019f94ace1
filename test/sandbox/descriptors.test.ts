import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

describe("descriptors that the caller left open", () => {
  test("do not lead out of the sandbox", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".ssh/key", "KEY\n");
    const script = `exec 9<"$HOME"; COMMAND 'cat /proc/self/fd/9/.ssh/key'`;
    const control = world.outside(script.replace("COMMAND", "sh -c"));
    assert.equal(control.stdout, "KEY\n");
    const confined = world.outside(script.replace("COMMAND", `${PALE} run -- sh -c`));
    assert.equal(confined.stdout, "");
    assert.match(confined.stderr, /\/proc\/self\/fd\/9\/.ssh\/key: No such file or directory/u);
  });

  test("stay open when they are pipes: process substitution works", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bash")) return;
    using world = new World();
    const { stdout } = world.spawn(["bash", "-c", `${PALE} run -- cat <(echo substituted)`]);
    assert.equal(stdout, "substituted\n");
  });

  test("leave the agent nothing but its standard streams", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stdout } = world.inside("ls /proc/$$/fd", { input: "" });
    assert.equal(stdout, "0\n1\n2\n");
  });
});
