import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";
import type { RunOptions } from "../helpers/world.ts";

const CONNECT = `python3 -c 'import socket,sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(64).decode())'`;

describe("a socket", () => {
  for (const [facet, variable, place, value] of [
    ["ssh-agent", "SSH_AUTH_SOCK", "agent/sock", "agent/sock"],
    ["wayland", "WAYLAND_DISPLAY", "runtime/wayland-7", "wayland-7"],
    ["docker", "DOCKER_HOST", "engine/docker.sock", "unix://engine/docker.sock"],
  ] as const) {
    test(`of the facet ${facet} answers inside, and only with the facet`, async (t) => {
      if (!requireSandbox(t) || !requireTools(t, ["python3"])) return;
      using world = new World();
      const path = await listen(t, join(world.root, place));
      const named = variable === "WAYLAND_DISPLAY" ? value : value.replace(place, path);
      const env = { [variable]: named, XDG_RUNTIME_DIR: join(world.root, "runtime") };
      const inside = `${CONNECT} "\${${variable}#unix://}"`;
      const without = await runInside(world, `${CONNECT} ${path}`, { env });
      assert.match(without.stderr, /No such file/u);
      const { stdout, stderr } = await runInside(world, inside, { env, flags: ["-u", facet] });
      assert.equal(stdout, "hello from the host\n", stderr);
      assert.match(stderr, new RegExp(`^pale: warning: ${facet}: `, "mu"));
    });
  }

  test("of the facet x11 answers inside, and only with the facet", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["python3"])) return;
    using world = new World();
    const display = 20_000 + (process.pid % 10_000);
    const path = await listen(t, `/tmp/.X11-unix/X${display}`);
    const env = { DISPLAY: `:${display}.0` };
    const script = `echo $DISPLAY; ${CONNECT} ${path}`;
    assert.match((await runInside(world, script, { env })).stderr, /No such file/u);
    const { stdout } = await runInside(world, script, { env, flags: ["-u", "x11"] });
    assert.equal(stdout, `:${display}.0\nhello from the host\n`);
  });

  test("comes alone: nothing beside it is there", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const path = await listen(t, join(world.root, "shared/sock"));
    writeFileSync(join(world.root, "shared/other"), "x");
    const list = `ls -A ${join(world.root, "shared")}`;
    assert.equal(world.outside(list).stdout, "other\nsock\n");
    assert.equal(world.inside(list, { flags: ["--socket", path] }).stdout, "sock\n");
  });

  test("goes to another place when one is named", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["python3"])) return;
    using world = new World();
    const path = await listen(t, join(world.root, "extra"));
    const flags = ["--socket", `${path}:$XDG_RUNTIME_DIR/gnupg/S.gpg-agent`];
    const script = `${CONNECT} $XDG_RUNTIME_DIR/gnupg/S.gpg-agent; stat -c %a $XDG_RUNTIME_DIR/gnupg`;
    const { stdout, stderr } = await runInside(world, script, { flags });
    assert.equal(stdout, "hello from the host\n700\n", stderr);
  });

  test("that is missing stops the launch, unless it may be", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const missing = world.inside("true", { flags: ["--socket", "/nowhere/sock"] });
    assert.match(missing.stderr, /the socket `\/nowhere\/sock` does not exist\n {2}at --socket\n/u);
    const unset = world.inside("true", { flags: ["--socket", "$NO_SUCH"] });
    assert.match(unset.stderr, /no variable says where `\$NO_SUCH` is/u);
    const file = world.inside("true", { flags: ["--socket", world.write("f", "")] });
    assert.match(file.stderr, /is not a unix socket/u);
    assert.equal(world.inside("true", { flags: ["--socket", "/nowhere/sock?"] }).status, 0);
  });

  test("that runs programs outside is never shown by accident", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const runtime = join(world.root, "runtime");
    const path = await listen(t, join(runtime, "bus"));
    const env = { XDG_RUNTIME_DIR: runtime, SSH_AUTH_SOCK: path };
    const byVariable = world.inside("true", { env, flags: ["-u", "ssh-agent"] });
    assert.match(byVariable.stderr, /`\$SSH_AUTH_SOCK` leads to `.*\/bus`, by which programs/u);
    const byMount = world.inside("true", { env, flags: ["--ro", runtime] });
    assert.match(byMount.stderr, /the mount `.*\/runtime` would show `.*\/bus`/u);
    assert.equal(world.inside("true", { env, flags: ["--socket", path] }).status, 0);
    assert.equal(world.inside("true", { flags: ["--ro", runtime] }).status, 0);
  });

  test("of pale's own directories is refused, and one behind a link of an agent", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const own = await listen(t, join(world.home, ".cache/pale/sock"));
    const refused = world.inside("true", { flags: ["--socket", own] });
    assert.match(refused.stderr, /where pale keeps its own files/u);
    const path = await listen(t, join(world.root, "private/sock"));
    assert.equal(world.outside(`ln -s ${path} link`).status, 0);
    const linked = world.inside("true", { flags: ["--socket", "link"] });
    assert.match(linked.stderr, /the socket `.*\/link` leads out of .*, where agents can write/u);
    assert.equal(world.inside("true", { flags: ["--socket", path] }).status, 0);
  });
});

/** A server that greets everybody who connects. */
async function listen(t: TestContext, path: string): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer((socket) => socket.end("hello from the host"));
  t.after(() => {
    server.close();
    rmSync(path, { force: true });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return path;
}

type Options = RunOptions & { flags?: readonly string[] };

/** Like `World.inside`, with this process free to serve. */
async function runInside(world: World, script: string, options: Options) {
  const words = ["run", ...(options.flags ?? []), "--", "sh", "-c", script];
  const settings = { cwd: world.project, env: world.environment(options.env) };
  return new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(PALE, words, settings, (_, stdout, stderr) => resolve({ stdout, stderr }));
  });
}
