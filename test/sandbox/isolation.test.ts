import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

const STATUS = "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status";

describe("the agent", () => {
  test("has no capability and can gain none", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const lines = world.inside(STATUS).stdout;
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      assert.match(lines, new RegExp(`^${set}:\\s+0000000000000000$`, "mu"));
    }
    assert.match(lines, /^NoNewPrivs:\s+1$/mu);
    assert.match(world.outside(STATUS).stdout, /^CapBnd:\s+0*[1-9a-f]/mu);
  });

  test("runs under a filter, a smaller one when that is switched off", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    for (const flag of ["--seccomp", "--no-seccomp"]) {
      assert.match(world.inside(STATUS, { flags: [flag] }).stdout, /^Seccomp:\s+2$/mu);
    }
    assert.match(world.outside(STATUS).stdout, /^Seccomp:\s+0$/mu);
  });

  test("cannot make a user namespace, with the filter or without", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "unshare --user --map-root-user true";
    assert.equal(world.outside(script).status, 0);
    assert.match(world.inside(script).stderr, /Function not implemented/u);
    const bare = world.inside(script, { flags: ["--no-seccomp"] });
    assert.match(bare.stderr, /No space left on device/u);
  });

  test("cannot make a read-only mount writable, even without the filter", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write("kept/file", "old\n");
    const probe = `import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
path = os.path.expanduser("~/kept").encode()
MS_REMOUNT, MS_BIND = 32, 4096
answer = libc.mount(b"none", path, None, MS_REMOUNT | MS_BIND, None)
print(answer, os.strerror(ctypes.get_errno()))`;
    world.write("work/project/remount.py", probe);
    const flags = ["--ro", "~/kept", "--no-seccomp"];
    assert.equal(
      world.inside("python3 remount.py", { flags }).stdout,
      "-1 Operation not permitted\n",
    );
    const control = "unshare -rm sh -c 'mount --bind -o ro ~/kept ~/kept && python3 remount.py'";
    assert.match(world.outside(control).stdout, /^0 /u);
  });

  test("sees the host's name, so that nothing waits for a lookup of another", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    assert.equal(world.inside("uname -n").stdout, world.outside("uname -n").stdout);
  });
});
