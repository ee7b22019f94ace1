import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Running, until } from "../helpers/running.ts";
import { PALE, World } from "../helpers/world.ts";

/** Attacks on what pale knows a running sandbox by, and on what is confined further inside. */

/** Tries to write over the command line of a process, and to see what it has open. */
const TAMPER = `import os, sys
def attempt(name, act):
    try: act(); print(name, "worked")
    except PermissionError as error: print(name, "refused")
def overwrite(pid):
    stat = open("/proc/%s/stat" % pid).read()
    start, end = map(int, stat[stat.rindex(")") + 2:].split()[45:47])
    with open("/proc/%s/mem" % pid, "r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(b"x" * (end - start))
for pid in sys.argv[1:]:
    attempt(pid + " memory", lambda: overwrite(pid))
    attempt(pid + " descriptors", lambda: os.listdir("/proc/%s/fd" % pid))
    attempt(pid + " environment", lambda: open("/proc/%s/environ" % pid).read())
    attempt(pid + " root", lambda: os.listdir("/proc/%s/root" % pid))
`;

describe("the first process of a sandbox", () => {
  for (const flag of ["--seccomp", "--no-seccomp"]) {
    test(`cannot be taken over with ${flag}, so pale finds the sandbox and ends it`, async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "python3")) return;
      using world = new World();
      world.write("work/project/tamper.py", TAMPER);
      const script = "sleep 60 & python3 tamper.py 1; echo; python3 tamper.py $!; echo ready; wait";
      await using running = await Running.start(world, script, ["--network", "none", flag]);
      const [first = "", other = ""] = running.said.split("\n\n");
      assert.match(first, /^(1 \w+ refused\n?){4}$/u);
      assert.match(other, /^(\d+ \w+ worked\n){4}/u, "the control: another process");
      assert.match(world.pale(["status"]).stdout, new RegExp(`^${running.id} `, "u"));
      assert.equal(running.exec("echo entered").stdout, "entered\n");
      assert.match(world.pale(["stop", String(running.id)]).stdout, /ended when asked/u);
    });
  }
});

/** Its first thread ends, the other goes on: for the kernel the process is a zombie. */
const GHOST = `import ctypes, os, threading, time
threading.Thread(target=lambda: (open("ghost", "w").write("x"), time.sleep(60))).start()
ctypes.CDLL(None).pthread_exit(None)
`;

describe("pale status", () => {
  test("is not told further lines by a process inside", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const name = String.raw`a\n  999  S  0 MiB  forged\n\nsandbox 5\tb`;
    const script = `exec bash -c '(exec -a "$(printf "${name}")" sleep 61) & echo ready; read line
true'`;
    await using running = await Running.start(world, script);
    await until(
      () => /^.*sleep.*\n(?:.*\n)*.*forged/mu.test(describeIt(world, running)),
      () => "the name",
    );
    const shown = describeIt(world, running);
    assert.match(shown, /^ {2}\d+ +S +\d+ MiB +\$'a\\x0a {2}999 .*forged\\x0a\\x0asandbox/mu);
    assert.doesNotMatch(shown, /^ {2}999 +S +0 MiB +forged|^ *sandbox 5(?!\d)|\t/mu);
    assert.equal(world.pale(["status"]).stdout.trimEnd().split("\n").length, 1);
  });

  test("shows a process whose first thread has ended", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write("work/project/ghost.py", GHOST);
    const script = "python3 ghost.py & echo ready; read line";
    await using running = await Running.start(world, script);
    const isGhost = () => running.exec("cat /proc/*/stat").stdout.includes("(python3) Z");
    await until(isGhost, () => "a ghost");
    const { processes } = (
      JSON.parse(world.pale(["status", "--json"]).stdout) as {
        processes: { command: string[] }[];
      }[]
    )[0] ?? { processes: [] };
    assert.deepEqual(
      processes.map(({ command }) => command[0]),
      ["sh", undefined],
    );
  });
});

function describeIt(world: World, { id }: Running): string {
  return world.pale(["status", String(id)]).stdout;
}

/** What a process may do to, or share with, one that is not its own. */
const NEIGHBOUR = `import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
pid = int(open("pid").read())
def call(name, *words):
    answer = getattr(libc, name)(*words)
    refused = answer == -1 and ctypes.get_errno() in (errno.EPERM, errno.EACCES)
    print(name, "refused" if refused else "worked" if answer != -1 else os.strerror(ctypes.get_errno()))
def write(name, text):
    try: open("/proc/%d/%s" % (pid, name), "w").write(text); print(name, "worked")
    except PermissionError: print(name, "refused")
limit = (ctypes.c_ulong * 2)(1000, 1000)
libc.prlimit.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
libc.shmat.restype = ctypes.c_long
memory = libc.shmget(0x70616c65, 4096, 0o1600)
call("shmget", 0x70616c65, 4096, 0o1600)
call("shmat", max(memory, 0), None, 0)
call("msgget", 0x70616c65, 0o1600)
call("semget", 0x70616c65, 1, 0o1600)
call("mq_open", b"/pale", 0o102, 0o600, None)
call("mq_unlink", b"/pale")
call("prlimit", pid, 0, limit, None)
write("oom_score_adj", "900")
write("comm", "other")
assert libc.prlimit(0, 7, None, limit) == 0
`;

describe("what is confined further", () => {
  test("shares no memory or queue with its neighbours, and changes nothing of theirs", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write("work/project/neighbour.py", NEIGHBOUR);
    const act = "python3 neighbour.py";
    const script = `sleep 60 & echo $! >pid; ${act}; echo; /run/pale/pale run -- ${act}; kill $!`;
    const { stdout, stderr } = world.inside(script);
    const [control = "", nested = ""] = stdout.split("\n\n");
    assert.match(control, /^(\w+ worked\n?){9}$/u, stderr);
    assert.equal(nested, `${control.replaceAll("worked", "refused")}\n`, stderr);
  });

  test("has the system call filter of its policy, also where the outer one has none", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write(
      "work/project/trace.py",
      "import ctypes; print(ctypes.CDLL(None).ptrace(0, 0, 0, 0))",
    );
    const run = (flag: string) => `/run/pale/pale run ${flag} -- python3 trace.py`;
    const script = `python3 trace.py; ${run("--no-seccomp")}; ${run("--seccomp")}`;
    const { stdout, stderr } = world.inside(script, { flags: ["--no-seccomp"] });
    assert.equal(stdout, "0\n0\n-1\n", stderr);
    assert.equal(world.inside(script).stdout, "-1\n-1\n-1\n", "nor is it loosened");
  });
});

test("words of a generated shim are words, whatever is in them", () => {
  using world = new World();
  const words = ["$(touch a)", "`touch b`", "x\ny", "'; touch c; '", "@PALE@", "$&", "\\", "-x"];
  const directory = join(world.home, "of '$(touch d)");
  const specification = { name: "tool", arguments: words, program: "/usr/bin/printf" };
  const shim = JSON.stringify(specification);
  // What the shim would start, in place of pale.
  const pale = world.write("it's $(touch e)/pale", '#!/bin/sh\nprintf "[%s]" "$@"\n', 0o755);
  const config = world.write("of $(touch f).toml", 'network = "none"\n');
  const flags = ["--shim", shim, "--pale", pale, "--config", config];
  const made = world.spawn([PALE, "shims", "generate", directory, ...flags]);
  assert.equal(made.status, 0, made.stderr);
  const { stdout } = world.spawn([join(directory, "bin/tool"), "last"]);
  const given = ["--", "tool", ...words, "last"].map((word) => `[${word}]`).join("");
  assert.ok(stdout.startsWith("[run][--shim][--plan]["), stdout);
  assert.ok(stdout.endsWith(given), stdout);
  const raw = world.spawn([join(directory, "bin/tool-raw"), "%s", "$(touch g)"]);
  assert.equal(raw.stdout, "$(touch g)");
  assert.deepEqual(readdirSync(world.project), [".git"]);
  assert.match(readFileSync(join(directory, "bin/tool"), "utf8"), /touch a/u, "control");
  assert.equal(existsSync(join(world.home, "a")), false);
});
