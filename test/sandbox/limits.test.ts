import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readCgroup } from "../../src/host/cgroup.ts";
import { isAtLeast } from "../../src/plan/version.ts";
import { requireSandbox, requireTool, skip } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

const flags = (...limits: string[]) => [
  "--network",
  "none",
  ...limits.flatMap((limit) => ["--limit", limit]),
];

/** Starts 60 children that stay until all are started; prints how many there could be. */
const FORKS = `import os, time
children = []
for _ in range(60):
    try: pid = os.fork()
    except OSError as error:
        print(error.strerror)
        break
    if pid == 0:
        time.sleep(600)
        os._exit(0)
    children.append(pid)
print(len(children), flush=True)
if os.environ.get("STAY"): time.sleep(int(os.environ["STAY"]))
for pid in children: os.kill(pid, 9)
`;

describe("the number of processes", () => {
  test("ends at the limit, for the sandbox and nobody else", (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    if (!isAtLeast(release(), [5, 14])) return skip(t, `Linux ${release()} counts all of a user's`);
    using world = new World();
    world.write("work/project/forks.py", FORKS);
    assert.equal(world.inside("exec python3 forks.py", { flags: flags() }).stdout, "60\n");
    // The interpreter is one, its children the rest. Outside, the same user goes on.
    const script = "exec python3 forks.py";
    const limited = world.inside(script, { flags: flags("processes=20") });
    assert.equal(limited.stdout, "Resource temporarily unavailable\n19\n");
    assert.equal(world.outside("python3 forks.py").stdout, "60\n");
  });

  test("does not count other sandboxes, and cannot be raised", (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    if (!isAtLeast(release(), [5, 14])) return skip(t, `Linux ${release()} counts all of a user's`);
    using world = new World();
    world.write("work/project/forks.py", FORKS);
    // The first is full while the second starts.
    const run = `'${PALE}' run --network none --limit processes=20`;
    const script = `mkfifo p; ${run} -e STAY=100 -- python3 forks.py > p & exec 3< p
      read _ <&3; read count <&3; echo "$count"; ${run} -- python3 forks.py; kill $!`;
    const { stdout } = world.outside(script);
    assert.equal(stdout, "19\nResource temporarily unavailable\n19\n");
    const raise = "python3 -c 'import resource as r; r.setrlimit(r.RLIMIT_NPROC, (100, 100))'";
    assert.equal(world.inside(raise, { flags: flags("processes=200") }).status, 0);
    const raised = world.inside(raise, { flags: flags("processes=20") });
    assert.match(raised.stderr, /not allowed to raise maximum limit/u);
  });
});

describe("files", () => {
  test("can be open up to the limit, which cannot be raised", (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    using world = new World();
    const script = `python3 -c 'import os
count = 0
try:
    while count < 200:
        os.open("/dev/null", os.O_RDONLY)
        count += 1
except OSError as error: print(error.strerror)
print(count)'; ulimit -n 200 2>&1`;
    assert.equal(world.inside(script, { flags: flags() }).stdout, "200\n");
    const { stdout } = world.inside(script, { flags: flags("open_files=50") });
    const [reason, count, raised] = stdout.split("\n");
    assert.equal(reason, "Too many open files");
    assert.ok(Number(count) > 30 && Number(count) < 50, count);
    assert.match(raised ?? "", /Operation not permitted/u);
  });

  test("grow up to the limit: then SIGXFSZ, or EFBIG for who ignores it", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const file = join(world.project, "big");
    const script = "exec head -c 3000000 /dev/zero > big";
    assert.equal(world.inside(script, { flags: flags() }).status, 0);
    assert.equal(statSync(file).size, 3_000_000);
    const limited = world.inside(script, { flags: flags("file_size=1M") });
    assert.equal(limited.status, 128 + 25);
    assert.equal(statSync(file).size, 2 ** 20);
    const ignoring = world.inside(`trap '' XFSZ; ${script}`, { flags: flags("file_size=1M") });
    assert.match(ignoring.stderr, /File too large/u);
  });
});

describe("scratch directories", () => {
  test("hold what the limit says, each, and there is no other place", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = `for d in /tmp /var/tmp ~ /run /dev/shm /dev /; do
      head -c 3000000 /dev/zero 2>&1 > $d/big || true; stat -c %s $d/big; done 2>&1`;
    const sizes = (text: string) => text.split("\n").filter((line) => /^\d+$/u.test(line));
    const free = world.inside(script, { flags: flags() });
    assert.equal(sizes(free.stdout).filter((size) => size === "3000000").length, 6);
    const limited = world.inside(script, { flags: flags("tmp_size=1M") }).stdout;
    assert.deepEqual(
      sizes(limited),
      Array.from({ length: 5 }, () => "1048576"),
    );
    assert.equal(limited.match(/No space left on device/gu)?.length, 5);
    assert.equal(limited.match(/Read-only file system/gu)?.length, 2);
  });

  test("may be smaller than what is copied to /etc", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "stat -f -c '%b*%S' /tmp; grep -c nobody /etc/passwd; echo x >/etc/x";
    const { stdout, stderr } = world.inside(script, { flags: flags("tmp_size=4K") });
    assert.equal(stdout, "1*4096\n1\n", stderr);
    assert.match(stderr, /Read-only file system/u);
  });

  test("leave devices as they are", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "echo x > /dev/null && head -c 4 /dev/zero | wc -c && test -e /dev/ptmx";
    assert.equal(world.inside(script, { flags: flags("tmp_size=1M") }).stdout.trim(), "4");
  });
});

describe("memory", () => {
  test("that cannot be limited stops the launch and says what to do", (t) => {
    if (!requireSandbox(t)) return;
    if (readCgroup().kind === "delegated") return skip(t, "there is a control group to divide");
    using world = new World();
    const { status, stdout, stderr } = world.inside("echo started", { flags: flags("memory=1G") });
    assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
    assert.match(stderr, /^pale: the limit `memory` cannot be enforced: /u);
    assert.match(stderr, /systemd-run --user --scope -p Delegate=yes pale run/u);
    assert.equal(world.inside("echo started", { flags: flags() }).stdout, "started\n");
  });
});

test("limits hold for the first process as well, which the agent might trace", (t) => {
  if (!requireSandbox(t)) return;
  using world = new World();
  const script = "grep -E 'Max (file size|processes|open files)' /proc/1/limits";
  const wanted = flags("file_size=1M", "processes=30", "open_files=40");
  const { stdout } = world.inside(script, { flags: wanted });
  assert.match(stdout, /file size +1048576 +1048576 /u);
  assert.match(stdout, /processes +31 +31 /u);
  assert.match(stdout, /open files +40 +40 /u);
  assert.doesNotMatch(readFileSync("/proc/self/limits", "utf8"), /open files +40 /u);
});
