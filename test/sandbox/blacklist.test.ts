import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { SENSITIVE } from "../../src/plan/sensitive.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

const flags = ["--mode", "blacklist", "--network", "none"];

/** Prints those of the files named in `list` that can be read and hold what was planted. */
const FIND =
  'while IFS= read -r path; do grep -qs PLANTED "$path" && echo "$path"; done < list; true';

/** A secret at every path below home that the list names; the files, relative to home. */
function plantAll(world: World): string[] {
  const patterns = SENSITIVE.flatMap(({ paths }) => paths).filter((path) => !path.startsWith("/"));
  return patterns.map((pattern) => {
    const name = pattern.replaceAll("*", "x");
    const file = name.endsWith("/") ? `${name}deep/secret` : name;
    world.write(file, "PLANTED\n", 0o600);
    return file;
  });
}

function list(world: World, paths: readonly string[]): string[] {
  const absolute = paths.map((path) => join(world.home, path));
  world.write("work/project/list", absolute.map((path) => `${path}\n`).join(""));
  return absolute;
}

async function listen(t: TestContext, path: string): Promise<void> {
  const server = createServer((socket) => socket.end("hello")).listen(path);
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
}

describe("in blacklist mode, a secret", () => {
  test("at any path of the list is hidden, and nothing else is", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const planted = plantAll(world);
    world.write("notes/todo", "PLANTED\n");
    world.write(".config/editor/settings", "PLANTED\n");
    const plain = ["notes/todo", ".config/editor/settings"];
    const all = list(world, [...planted, ...plain]);
    assert.ok(all.length > 350, `${all.length} paths`);
    assert.deepEqual(world.outside(FIND).stdout.trim().split("\n"), all);
    const { stdout, stderr } = world.inside(FIND, { flags });
    assert.deepEqual({ stdout, stderr }, { stdout: `${all.slice(-2).join("\n")}\n`, stderr: "" });
  });

  test("is shown when a mount names it, and what is beside it is not", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    for (const name of [".npmrc", ".netrc", ".ssh/config", ".ssh/id"])
      world.write(name, "PLANTED\n");
    const [npmrc, , config] = list(world, [".npmrc", ".netrc", ".ssh/config", ".ssh/id"]);
    const named = [...flags, "--ro", "~/.npmrc", "--ro", "~/.ssh/config"];
    assert.equal(world.inside(FIND, { flags: named }).stdout, `${npmrc}\n${config}\n`);
  });

  test("is hidden where links lead, and the link still works", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("dotfiles/aws/credentials", "PLANTED\n");
    symlinkSync("dotfiles/aws", join(world.home, ".aws"));
    list(world, [".aws/credentials", "dotfiles/aws/credentials"]);
    assert.equal(world.outside(FIND).stdout.trim().split("\n").length, 2);
    const { stdout } = world.inside(`${FIND}; ls -A ~/.aws/ && echo empty`, { flags });
    assert.equal(stdout, "empty\n");
  });

  test("of the system is hidden, and its other configuration is not", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = `for f in /etc/shadow /etc/gshadow /etc/passwd- /etc/sudoers; do
      test -s "$f" && echo "$f"; done; cat /etc/passwd | head -1; ls /root /home/* >/dev/null 2>&1; ls -A /home`;
    assert.match(world.outside(script).stdout, /^\/etc\/shadow\n/u);
    const { stdout } = world.inside(script, { flags });
    assert.match(stdout, /^root:x:0/u);
    assert.doesNotMatch(stdout, /\/etc/u);
    assert.equal(existsSync("/root"), true);
    assert.equal(world.inside("test -e /root", { flags }).status, 1);
  });
});

describe("in blacklist mode, the host", () => {
  test("can be read but not written, the project and what is granted can", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("notes/todo", "old\n");
    world.write(".claude/settings.json", "{}\n");
    world.write(".config/editor/settings", "old\n");
    const script = `echo new > ~/notes/todo; touch ~/new; mkdir ~/.config/new; chmod 600 ~/notes/todo
      mv ~/notes ~/other; touch made`;
    const { status, stderr } = world.inside(script, { flags });
    assert.equal(status, 0);
    const reasons = stderr.trim().split("\n");
    assert.equal(reasons.length, 5, stderr);
    for (const reason of reasons) assert.match(reason, /Read-only file system/u);
    assert.ok(existsSync(join(world.project, "made")));
    assert.equal(readFileSync(join(world.home, "notes/todo"), "utf8"), "old\n");
    const granted = [...flags, "--rw", "~/notes", "--rw", "~/.claude"];
    const write = "echo new > ~/notes/todo && echo x > ~/.claude/settings.json";
    assert.deepEqual(world.inside(write, { flags: granted }), {
      status: 0,
      stdout: "",
      stderr: "",
    });
    assert.equal(readFileSync(join(world.home, "notes/todo"), "utf8"), "new\n");
  });

  test("shows no processes, devices, sessions or scratch files", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = `ls -A "$XDG_RUNTIME_DIR"; ls -d /proc/[0-9]* | wc -l
      ls /dev | grep -E '^(input|sd|vd|nvme|mem|uinput|kvm|snd|video|hidraw|vcs)' ; ls -A /run | tr '\\n' ' '
      test -e '${world.root}/outside' && echo shared; ls -A /var/tmp`;
    world.write("../../outside", "x");
    assert.match(world.outside(script).stdout, /shared/u);
    assert.match(world.outside("ls /dev").stdout, /^(?:vd|sd|nvme|mem|kvm)/mu);
    const lines = world.inside(script, { flags }).stdout.split("\n");
    const [count, run, ...rest] = lines;
    assert.ok(Number(count) < 10, count);
    assert.match(
      run ?? "",
      /^(?:(?:current-system|booted-system|opengl-driver|log) )*pale (?:log )?user $/u,
    );
    assert.deepEqual(rest, []);
  });

  test("has no setuid programs, and no new privileges", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "grep NoNewPrivs /proc/self/status; grep -vc nosuid /proc/self/mountinfo";
    const [privileges, count] = world.outside(script).stdout.split("\n");
    assert.equal(privileges, "NoNewPrivs:\t0");
    assert.notEqual(count, "0");
    assert.equal(world.inside(script, { flags }).stdout, "NoNewPrivs:\t1\n0\n");
  });

  test("has no socket that can be connected to, on the list or not, unless it is named", async (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    using world = new World();
    const names = [".gnupg/S.gpg-agent", ".cache/tool/ipc", ".ssh/control", "work/project/own"];
    for (const name of names) {
      mkdirSync(join(world.home, name, ".."), { recursive: true });
      await listen(t, join(world.home, name));
    }
    list(world, names);
    world.write(
      "work/project/connect.py",
      `import socket
for path in open("list").read().splitlines():
    s = socket.socket(socket.AF_UNIX)
    try: s.connect(path); print("connected")
    except OSError as e: print(e.strerror)`,
    );
    const script = "python3 connect.py";
    assert.equal(world.outside(script).stdout, "connected\n".repeat(4));
    assert.deepEqual(world.inside(script, { flags }).stdout.split("\n"), [
      "No such file or directory",
      "Connection refused",
      "No such file or directory",
      "connected",
      "",
    ]);
    const named = world.inside(script, { flags: [...flags, "--ro", "~/.cache/tool/ipc"] });
    assert.equal(named.stdout.split("\n")[1], "connected");
  });
});

describe("in blacklist mode, what runs", () => {
  test("may lie anywhere, also in what is hidden", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const tool = world.write(".local/share/claude/versions/1", "#!/bin/sh\necho ran\n", 0o755);
    world.write(".local/share/claude/secret", "PLANTED\n");
    const run = world.pale(["run", ...flags, "--", tool]);
    assert.deepEqual(run, { status: 0, stdout: "ran\n", stderr: "" });
    list(world, [".local/share/claude/secret"]);
    assert.equal(world.inside(FIND, { flags }).stdout, "");
  });

  test("is given names and the filtered network as in the other mode", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "cat /etc/resolv.conf; grep hosts: /etc/nsswitch.conf; getent hosts localhost";
    const { stdout } = world.inside(script, { flags: ["--mode", "blacklist"] });
    assert.match(stdout, /^nameserver 127\.0\.0\.1\nhosts: files dns\n(?:::1|127\.0\.0\.1)/u);
  });

  test("may have its own copy of pale's files, but sees none of them", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/pale/config.toml", 'network = "none"\n');
    const script = "ls -A ~/.config/pale ~/.cache/pale; cat ~/.config/pale/config.toml";
    assert.match(world.outside(script).stdout, /config\.toml/u);
    const { stdout } = world.inside(script, { flags });
    assert.doesNotMatch(stdout, /config\.toml|files|network/u);
  });
});
