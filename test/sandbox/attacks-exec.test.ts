import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Running, until } from "../helpers/running.ts";
import { World } from "../helpers/world.ts";

/**
 * An agent that waits for `pale exec`: tries, as fast as it can, to look into every new process
 * of its sandbox, and notes of whom it got what. What has been executed it may look into.
 */
const SPY = `
import os, sys
print("ready", flush=True)
got = open("got", "w")
seen = set()
def look(pid, name, act):
    try: act()
    except OSError as error: verdict = error.errno
    else: verdict = "open"
    try: words = open("/proc/%s/cmdline" % pid, "rb").read().split(b"\\0")
    except OSError: return
    who = "entering" if len(words) > 1 and words[1] == b"enter" else "other"
    if (pid, who, name, verdict) in seen: return
    seen.add((pid, who, name, verdict))
    got.write("%s %s %s\\n" % (who, name, verdict))
    got.flush()
while True:
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid(): continue
        base = "/proc/%s/" % pid
        look(pid, "environ", lambda: open(base + "environ").read())
        look(pid, "fd", lambda: os.listdir(base + "fd"))
        look(pid, "root", lambda: os.listdir(base + "root"))
        look(pid, "cwd", lambda: os.listdir(base + "cwd"))
        look(pid, "mem", lambda: open(base + "mem", "rb+"))
        look(pid, "maps", lambda: open(base + "maps").read())
        look(pid, "map_files", lambda: os.listdir(base + "map_files"))
`;

describe("an agent that waits for pale exec", () => {
  test("cannot look into what enters, before it is the command", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write("work/project/spy.py", SPY);
    await using running = await Running.start(world, "exec python3 spy.py");
    const secret = { env: { PALE_TEST_SECRET: "hunter2" } };
    const attempt = () => assert.equal(running.exec("sleep 0.02", secret).status, 0);
    for (let round = 0; round < 20; round += 1) attempt();
    const read = () => readFileSync(join(world.project, "got"), "utf8").split("\n").filter(Boolean);
    // The control: what it gets of a command; and refused, because it may not (EACCES).
    const names = ["environ", "fd", "root", "mem", "maps"];
    const expected = [...names.map((name) => `other ${name} open`), "entering fd 13"];
    // How much it comes to see of what is there for a moment only is a matter of luck.
    await until(
      () => {
        attempt();
        return expected.every((line) => read().includes(line));
      },
      () => `${expected.join(", ")} in ${read().join(", ")}`,
    );
    const open = read().filter((line) => line.startsWith("entering") && line.endsWith(" open"));
    // An open handle on its memory of a moment ago may belong to what is the command by now.
    assert.deepEqual(open, []);
  });

  test("cannot reach what stays outside of its process namespace", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    await using running = await Running.start(world);
    const script =
      'python3 -c "import os; os.kill(os.getppid(), 0); print(open(\\"/proc/%d/status\\" % os.getppid()).read())"';
    const { stdout } = running.exec(`exec ${script}`);
    // Its parent, the attendant, has none that has a number inside.
    assert.match(stdout, /^PPid:\t0$/mu);
    assert.match(stdout, /^NSpid:\t\d+$/mu);
    for (const line of [
      /^CapEff:\t0+$/mu,
      /^CapBnd:\t0+$/mu,
      /^NoNewPrivs:\t1$/mu,
      /^Seccomp:\t2$/mu,
    ]) {
      assert.match(stdout, line);
    }
  });

  test("leaves the caller's environment out of every process that it starts", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    const secret = { env: { PALE_TEST_SECRET: "hunter2" } };
    // From outside, as the owner: nothing but what enters for this command is below it.
    const command = "sh -c 'touch up; exec sleep 60'";
    const wait = "until [ -e up ]; do sleep 0.05; done";
    const look = `"$PALE" exec ${running.id} -- ${command} & ${wait}; cat /proc/$!/environ /proc/$!/cmdline; kill $!; wait`;
    const { stdout, stderr } = world.outside(look, {
      env: { ...secret.env, PALE: join(import.meta.dirname, "../../dist/pale") },
    });
    assert.doesNotMatch(stdout, /hunter2/u);
    assert.match(stderr, /environ: Permission denied/u, "not even its owner may look");
  });
});
