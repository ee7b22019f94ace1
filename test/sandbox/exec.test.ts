import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Running, until } from "../helpers/running.ts";
import { PALE, World } from "../helpers/world.ts";

/** All that a process has from where it was started; what follows is of one process, or a matter of time. */
const FACTS = `
import os, re, resource, ctypes, json
def read(name):
    with open("/proc/self/" + name, "rb") as file: return file.read().decode("utf-8", "surrogateescape")
OWN = ("Name State Tgid Ngid Pid PPid NStgid NSpid NSpgid NSsid SigQ SigIgn voluntary_ctxt_switches nonvoluntary_ctxt_switches FDSize").split()
libc = ctypes.CDLL(None)
facts = {line.split(":")[0]: line for line in read("status").splitlines() if line.split(":")[0] not in OWN and not line.startswith(("Vm", "Rss"))}
for name in ("uid_map", "gid_map", "setgroups", "mountinfo", "limits", "oom_score_adj", "cgroup", "personality", "timerslack_ns"):
    try: facts[name] = read(name)
    except OSError as error: facts[name] = str(error.errno)
for name in sorted(os.listdir("/proc/self/ns")): facts["ns/" + name] = os.readlink("/proc/self/ns/" + name)
facts["environment"] = sorted(read("environ").split("\\0"))
facts["descriptors"] = sorted(fd for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd))
facts["cwd"], facts["root"], facts["groups"] = os.getcwd(), os.readlink("/proc/self/root"), os.getgroups()
facts["dumpable"] = libc.prctl(3)
facts["securebits"] = libc.prctl(27)
facts["securebits of capset"] = libc.prctl(38, 0)
facts["bounding"] = [libc.prctl(23, i) for i in range(40)]
facts["nice"] = os.nice(0)
facts["entries of the root"] = sorted(os.listdir("/"))
print("FACTS" + json.dumps(facts))
`;

function readFacts(text: string): Record<string, unknown> {
  const [, json] = /FACTS(.*)/u.exec(text) ?? [];
  assert.ok(json !== undefined, text);
  return JSON.parse(json) as Record<string, unknown>;
}

describe("a command of pale exec", () => {
  for (const flags of [
    [],
    ["--network", "none"],
    ["--network", "host"],
    ["--limit", "processes=200", "--limit", "open_files=400"],
    ["--no-seccomp"],
  ]) {
    test(`has what the agent has, and nothing else, with ${flags.join(" ") || "no flags"}`, async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "python3")) return;
      using world = new World();
      world.write("work/project/facts.py", FACTS);
      const script = "python3 facts.py; echo ready; read line";
      await using running = await Running.start(world, script, flags);
      const secret = { env: { PALE_TEST_SECRET: "hunter2", LD_PRELOAD: "" } };
      const { stdout } = running.exec("python3 facts.py", secret);
      const [agent, command] = [readFacts(running.said), readFacts(stdout)];
      assert.ok(Object.keys(agent).length > 40);
      assert.deepEqual(command, agent);
      assert.match(String(agent["Seccomp"]), /\t2$/u);
      // The control: outside, all these are others.
      const outside = readFacts(world.outside("python3 facts.py", secret).stdout);
      const names = [
        "CapBnd",
        "NoNewPrivs",
        "Seccomp",
        "ns/user",
        "ns/mnt",
        "ns/pid",
        "mountinfo",
        "environment",
      ];
      for (const name of names) assert.notDeepEqual(outside[name], agent[name], name);
      assert.match(String(outside["environment"]), /hunter2/u);
    });
  }

  test("has the variables that bubblewrap itself must not start with", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/pale/config.toml", 'env.set = { LD_BIND_NOW = "1" }\n');
    await using running = await Running.start(world, "env | sort; echo ready; read line");
    assert.match(running.said, /^LD_BIND_NOW=1$/mu);
    const { stdout } = running.exec("env | sort");
    assert.equal(stdout, running.said.replace("ready\n", ""));
  });

  test("sees no file that the agent does not; outside it is there", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const key = world.write(".ssh/id_ed25519", "the key\n");
    await using running = await Running.start(world);
    const inside = running.exec(`cat ${key}`);
    assert.match(inside.stderr, /No such file/u);
    assert.equal(world.outside(`cat ${key}`).stdout, "the key\n");
  });

  test("can write what the agent can, and nothing else", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    assert.equal(running.exec("echo new > file && cat file").stdout, "new\n");
    assert.match(running.exec("echo x > /usr/file").stderr, /Read-only file system/u);
  });

  test("has no way to the host's loopback", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    const server = createServer((client) => client.end());
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    await using running = await Running.start(world);
    const script = `python3 -c 'import socket; socket.create_connection(("127.0.0.1", ${port}))'`;
    assert.match(running.exec(script).stderr, /Connection refused/u);
    await new Promise<void>((resolve) => void connect(port, "127.0.0.1", resolve));
    server.close();
  });

  test("cannot be given a socket of the host's network as a stream", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    await using running = await Running.start(world);
    const start = `import socket, subprocess, sys; sys.exit(subprocess.call(sys.argv[1:], stdin=socket.socket()))`;
    const command = (id: number) => [PALE, "exec", String(id), "--", "true"];
    const { status, stderr } = world.spawn(["python3", "-c", start, ...command(running.id)]);
    assert.deepEqual(
      [status, stderr],
      [125, "pale: a standard stream is a socket that leads into the host's network\n"],
    );
    assert.equal(world.spawn(command(running.id)).status, 0);
  });

  const endings: [string, string, number][] = [
    ["its exit code", "exit 7", 7],
    ["its signal", "kill -TERM $$", 143],
    ["success", "true", 0],
  ];
  for (const [title, script, expected] of endings) {
    test(`tells ${title}`, async (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      await using running = await Running.start(world);
      assert.equal(running.exec(script).status, expected);
    });
  }

  test("is looked for in the PATH of the sandbox", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("bin/tool", "#!/bin/sh\necho of the host\n", 0o755);
    world.write("work/project/tool", "#!/bin/sh\necho by its path\n", 0o755);
    world.write("work/project/plain", "text\n");
    await using running = await Running.start(world);
    const run = (...command: string[]) =>
      world.pale(["exec", String(running.id), "--", ...command], {
        env: { PATH: `${world.home}/bin:/usr/bin:/bin` },
      });
    assert.deepEqual(run("tool"), { status: 127, stdout: "", stderr: "pale: cannot run tool\n" });
    assert.equal(run("./tool").stdout, "by its path\n");
    assert.deepEqual(run("./plain"), {
      status: 126,
      stdout: "",
      stderr: "pale: cannot run ./plain\n",
    });
    assert.equal(run("ls", "/proc/1/status").stdout, "/proc/1/status\n");
  });

  test("passes bytes through pipes whole", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    const input = "0123456789\n".repeat(50_000);
    assert.equal(running.exec("cat", { input }).stdout, input);
    const flags = "grep flags /proc/self/fdinfo/1";
    const blocking = running.exec(`${flags} | cat; ${flags}`).stdout;
    assert.doesNotMatch(
      blocking,
      /flags:\s+0?\d*[4-7]\d{3}$/mu,
      "O_NONBLOCK: who writes much loses some",
    );
  });

  test("gets the signals that are sent to pale exec", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    const script = `trap "echo asked; exit 9" TERM; echo up; while :; do sleep 0.1; done`;
    const { child, said, ended } = startExec(world, running.id, script);
    await until(() => said().includes("up"), said);
    child.kill("SIGTERM");
    assert.equal(await ended, 9);
    assert.equal(said(), "up\nasked\n");
  });

  test("ends with pale exec, whatever ends that", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    const { child, said, ended } = startExec(world, running.id, "echo up; exec sleep 6125");
    await until(() => said().includes("up"), said);
    assert.match(running.exec("ps ax").stdout, /sleep 6125/u);
    child.kill("SIGKILL");
    await ended;
    await until(
      () => !/sleep 6125/u.test(running.exec("ps ax").stdout),
      () => "the end of sleep",
    );
  });

  test("ends with the sandbox, and pale exec says so", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    const { said, ended } = startExec(world, running.id, "echo up; exec sleep 60");
    await until(() => said().includes("up"), said);
    running.child.stdin?.end("go on\n");
    assert.equal(await ended, 137);
    assert.equal(
      said(),
      "up\npale: the sandbox has ended, or something in it has killed the command\n",
    );
    assert.equal(await running.ended, 5);
  });

  test("counts among the processes that the sandbox may have", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world, undefined, [
      "--network",
      "none",
      "--limit",
      "processes=8",
    ]);
    const fork = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 3 & done; wait";
    assert.match(running.exec(fork).stderr, /fork/iu);
    await using free = await Running.start(world);
    assert.equal(free.exec(fork).stderr, "", "the control: without a limit");
  });
});

describe("pale exec", () => {
  test("says which sandboxes there are when it is not clear which is meant", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const none = world.pale(["exec", "--", "true"]);
    assert.deepEqual([none.status, none.stderr], [125, "pale: no sandbox is running\n"]);
    await using one = await Running.start(world);
    assert.equal(world.pale(["exec", "--", "true"]).status, 0);
    await using other = await Running.start(world);
    const { status, stderr } = world.pale(["exec", "--", "true"]);
    assert.equal(status, 125);
    assert.match(stderr, /^pale: 2 sandboxes are running: say which$/mu);
    for (const { id } of [one, other]) assert.match(stderr, new RegExp(`${id} \\(sh in `, "u"));
    assert.match(world.pale(["exec", "1", "--", "true"]).stderr, /no sandbox `1` is running/u);
    assert.match(world.pale(["exec", String(one.id)]).stderr, /no command to run/u);
  });
});

function startExec(world: World, id: number, script: string) {
  const words = ["exec", String(id), "--", "sh", "-c", script];
  const child = spawn(PALE, words, { cwd: world.project, env: world.environment() });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  return { child, said: () => text, ended };
}
