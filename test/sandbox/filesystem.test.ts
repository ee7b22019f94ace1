import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

describe("the project", () => {
  test("is writable at its own path, and what is made there belongs to the user", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { status, stdout } = world.inside("pwd; echo made inside > file; id -u; id -un");
    assert.equal(status, 0);
    const [cwd, uid, name] = stdout.split("\n");
    assert.equal(cwd, world.project);
    const file = join(world.project, "file");
    assert.equal(readFileSync(file, "utf8"), "made inside\n");
    assert.equal(statSync(file).uid, process.getuid?.());
    assert.equal(uid, String(process.getuid?.()));
    assert.equal(name, world.outside("id -un").stdout.trim());
  });

  test("is the git root, wherever below it the command starts", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const below = join(world.project, "a/b");
    mkdirSync(below, { recursive: true });
    const { status, stdout } = world.inside("pwd; echo up > ../../up", { cwd: below });
    assert.equal(status, 0);
    assert.equal(stdout.trim(), below);
    assert.equal(readFileSync(join(world.project, "up"), "utf8"), "up\n");
  });

  test("can be reached by the name that leads through a link", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const link = join(world.home, "shortcut");
    symlinkSync(world.project, link);
    const script = `echo x > '${link}/through' && pwd -P`;
    const { status, stdout, stderr } = world.inside(script, { cwd: link, env: { PWD: link } });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.equal(stdout.trim(), world.project);
    assert.equal(readFileSync(join(world.project, "through"), "utf8"), "x\n");
  });
});

describe("the home directory", () => {
  test("is empty but for the project, unless a mount shows more", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const key = world.write(".ssh/id_ed25519", "PLANTED KEY\n", 0o600);
    const script = `cat '${key}'`;
    assert.equal(world.outside(script).stdout, "PLANTED KEY\n");
    assert.equal(world.inside(script, { flags: ["--ro", key] }).stdout, "PLANTED KEY\n");
    const denied = world.inside(script);
    assert.equal(denied.stdout, "");
    assert.match(denied.stderr, /No such file or directory/u);
    assert.equal(world.inside("cd; ls -A . work").stdout.includes("ssh"), false);
  });

  test("takes files that are gone with the sandbox", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    assert.equal(world.inside("echo x > ~/left && cat ~/left").stdout, "x\n");
    assert.equal(statSync(join(world.home, "left"), { throwIfNoEntry: false }), undefined);
    assert.notEqual(world.inside("cat ~/left").status, 0);
  });

  test("may itself be reached by a link", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const link = join(world.root, "linked-home");
    symlinkSync(world.home, link);
    const { stdout, stderr } = world.inside('echo "$HOME"; cd ~/work/project && pwd -P', {
      env: { HOME: link },
    });
    assert.deepEqual({ stdout, stderr }, { stdout: `${link}\n${world.project}\n`, stderr: "" });
  });
});

describe("mounts", () => {
  test("are read-only unless they are asked for writable", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("notes/a", "old\n");
    const script = "echo new > ~/notes/a";
    const denied = world.inside(script, { flags: ["--ro", "~/notes"] });
    assert.match(denied.stderr, /Read-only file system/u);
    assert.equal(readFileSync(join(world.home, "notes/a"), "utf8"), "old\n");
    assert.equal(world.inside(script, { flags: ["--rw", "~/notes"] }).status, 0);
    assert.equal(readFileSync(join(world.home, "notes/a"), "utf8"), "new\n");
  });

  test("show inside each other whatever their order", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("outer/inner/file", "x");
    const script = "touch ~/outer/inner/new; touch ~/outer/new";
    const flags = ["--rw", "~/outer/inner", "--ro", "~/outer"];
    assert.match(
      world.inside(script, { flags }).stderr,
      /^touch: .*outer\/new.*Read-only[^\n]*\n$/u,
    );
    assert.ok(statSync(join(world.home, "outer/inner/new")));
  });

  test("can appear at another place", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("data/file", "moved\n");
    const flags = ["--mount", "~/data:/srv/data"];
    assert.equal(world.inside("cat /srv/data/file", { flags }).stdout, "moved\n");
  });

  test("that are missing stop the launch and say what to do", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { status, stdout, stderr } = world.inside("echo started", { flags: ["--ro", "~/none"] });
    assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
    assert.equal(
      stderr,
      `pale: the mount \`${world.home}/none\` does not exist\n  at --ro\n` +
        "  create it, or add `optional = true` (or `create = true`) to the mount\n",
    );
  });

  test("never show where pale keeps its own files", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/other/file", "x\n");
    const denied = world.inside("true", { flags: ["--rw", "~/.config"] });
    assert.equal(denied.status, 125);
    assert.match(denied.stderr, /would show `.*\.config\/pale`, where pale keeps its own files/u);
    const allowed = world.inside("cat ~/.config/other/file", {
      flags: ["--rw", "~/.config/other"],
    });
    assert.equal(allowed.stdout, "x\n");
  });
});

describe("the rest of the file system", () => {
  test("is frozen where nothing is mounted", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stderr } = world.inside("mkdir /new; touch /etc/new");
    assert.equal(stderr.match(/Read-only file system/gu)?.length, 2);
    assert.equal(world.inside("mkdir /tmp/new && touch /run/new && echo made").stdout, "made\n");
  });

  test("has the host's files of /etc, with their content, and nobody can change one", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const sums = "cd /etc && find . -maxdepth 1 -type f | sort | xargs sha256sum";
    const inside = world.inside(sums).stdout.trim().split("\n");
    const own = /\.\/(?:passwd|group|hosts|nsswitch\.conf|resolv\.conf)$/u;
    const kept = inside.filter((row) => !own.test(row));
    assert.ok(kept.length > 5, inside.join("\n"));
    const outside = new Set(world.outside(sums).stdout.trim().split("\n"));
    for (const row of kept) assert.ok(outside.has(row), row);
    const change = `for f in /etc/passwd /etc/ld.so.cache; do
      echo x >>$f; chmod u+w $f; rm -f $f; mv $f $f.old; done; mount -o remount,rw /etc`;
    const script = `{ ${change}; } 2>&1; cp /etc/passwd /tmp/ && echo x >>/tmp/passwd && echo changed`;
    for (const flags of [[], ["--no-seccomp"]]) {
      const { stdout, stderr } = world.inside(script, { flags });
      assert.equal(stderr, "");
      assert.equal(stdout.match(/Read-only file system/gu)?.length, 8, stdout);
      assert.match(stdout, /^mount: .*(?:not implemented|superuser|denied|not permitted)/imu);
      assert.match(stdout, /^changed$/mu, "control: in /tmp it can");
    }
  });

  test("hides a file of /etc that is masked, and shows one that is mounted over it", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const other = world.write("other", "mounted\n");
    const script = "wc -c </etc/ld.so.conf; cat /etc/issue /etc/bash.bashrc | head -1";
    const flags = ["--mask", "/etc/ld.so.conf", "--mount", `${other}:/etc/issue`];
    assert.equal(world.inside(script, { flags }).stdout, "0\nmounted\n");
    assert.doesNotMatch(world.inside(script).stdout, /^0$|mounted/mu, "control");
  });

  test("knows only root, nobody and the user, and no secrets of the host", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const user = world.outside("id -un").stdout.trim();
    const names = world.inside("cut -d: -f1 /etc/passwd").stdout.trim().split("\n");
    assert.deepEqual(names, ["root", user, "nobody"]);
    const present =
      "for f in shadow machine-id ssh sudoers; do test -e /etc/$f && echo $f; done; ls /etc";
    assert.doesNotMatch(world.inside(present).stdout, /shadow|machine-id|sudoers/mu);
    assert.equal(world.inside("ls /etc/ssh").stdout, "ssh_config\n", "pale's own");
    assert.match(world.outside(present).stdout, /shadow/u);
  });

  test("hides the host's /tmp, and sockets in it cannot be connected to", async (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    using world = new World();
    const path = join(world.root, "socket");
    const server = createServer((socket) => socket.end("hello")).listen(path);
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => server.close());
    const script = `import socket,sys
s=socket.socket(socket.AF_UNIX)
try: s.connect(${JSON.stringify(path)}); print("connected")
except OSError as e: print(e.strerror)`;
    world.write("work/project/probe.py", script);
    assert.equal(world.outside("python3 probe.py").stdout, "connected\n");
    assert.equal(world.inside("python3 probe.py").stdout, "No such file or directory\n");
    const shown = world.inside("python3 probe.py", { flags: ["--rw", path] });
    assert.equal(shown.stdout, "connected\n");
  });

  test("shows only the sandbox's own processes", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = `test -e /proc/${process.pid} && echo seen; ls -d /proc/[0-9]* | wc -l`;
    assert.match(world.outside(script).stdout, /^seen\n/u);
    const count = Number(world.inside(script).stdout);
    assert.ok(count >= 2 && count <= 8, `saw ${count} processes`);
  });

  test("cannot signal a process of the host, by its number or its group", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const sleeper = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const ended = once(sleeper, "exit");
    const script = `kill -KILL ${sleeper.pid}; kill -KILL -${sleeper.pid}`;
    assert.equal(world.inside(script).stderr.match(/No such process/gu)?.length, 2);
    assert.equal(sleeper.kill(0), true);
    // The control.
    world.outside(script);
    assert.deepEqual(await ended, [null, "SIGKILL"]);
  });
});
