import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { startX11 } from "../helpers/display.ts";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";
import { until } from "../init/started.ts";

const ATTEMPT = "curl -s -o /dev/null";

/** What comes onto a terminal while a script runs in it. */
function onTerminal(world: World, script: string, name = "screen"): string {
  const file = join(world.root, name);
  const env = { PALE, ATTEMPT, SHELL: "/bin/sh" };
  const { status, stderr } = world.spawn(["script", "-qec", script, file], { env });
  assert.equal(status, 0, stderr);
  return readFileSync(file, "latin1").replaceAll(/^Script .*\r?\n|\r?\nScript done.*\s*$/gmu, "");
}

const countBells = (screen: string): number => screen.split("\u0007").length - 1;

describe("a bell", () => {
  test("rings once for each host that is refused, and only when it is wanted", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["script", "curl"])) return;
    using world = new World();
    const inside = `sh -c '$ATTEMPT https://a.example; $ATTEMPT https://a.example; $ATTEMPT https://b.example; sleep 1; echo end'`;
    const run = (flags: string) => {
      return onTerminal(world, `"$PALE" run -e ATTEMPT ${flags} -- ${inside}`);
    };
    const rung = run("--notify bell");
    assert.equal(countBells(rung), 2, JSON.stringify(rung));
    assert.ok(rung.endsWith("end\r\n") || rung.endsWith("end"), JSON.stringify(rung));
    assert.equal(rung.replaceAll("\u0007", "").replaceAll(/\s/gu, ""), "end", "and nothing else");
    assert.equal(countBells(run("")), 0);
    assert.equal(countBells(run("--notify bell --network open --deny c.example")), 0);
  });

  test("rings on a terminal that stops what writes from the background", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["script", "curl"])) return;
    using world = new World();
    const inside = `sh -c '$ATTEMPT https://a.example; sleep 1'`;
    const script = `stty tostop; "$PALE" run -e ATTEMPT --notify bell -- ${inside}`;
    assert.equal(countBells(onTerminal(world, script)), 1);
  });

  test("that has no terminal to ring on is no error", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = new World();
    const flags = ["--notify", "bell"];
    const { status, stderr } = world.inside(`${ATTEMPT} https://a.example; exit 7`, { flags });
    assert.deepEqual([status, stderr], [7, ""]);
    assert.match(world.pale(["log", "--denied"]).stdout, /^a\.example:443/mu);
  });
});

describe("a notice on the desktop", () => {
  test("says who wanted what, and what would allow it", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, TOOLS)) return;
    using world = new World();
    const desktop = await startDesktop(t, world);
    const flags = ["--profile", "claude", "--notify", "desktop"];
    const script = `${ATTEMPT} https://a.example; ${ATTEMPT} https://a.example; echo asked`;
    const { stdout, stderr } = await runUntil(world, script, {
      env: desktop.env,
      flags,
      isEnough: (said) => said.includes("asked") && desktop.shown().includes("a.example"),
    });
    assert.deepEqual({ stdout, stderr }, { stdout: "asked\n", stderr: "" });
    const body = /body: '([^']*)'/u.exec(desktop.shown())?.[1];
    assert.equal(
      body,
      "claude wanted a.example:443\nallow it: pale allow a.example --profile claude",
    );
    assert.equal(desktop.shown().split("appname: 'pale'").length - 1, 1, "one for the host");
  });

  test("shows a name as it is, with what notify-send would take for a line or for markup", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, [...TOOLS, "bash"])) return;
    using world = new World();
    const desktop = await startDesktop(t, world);
    const host = String.raw`\074b\076x\nallow`;
    const script = String.raw`exec 3<>/dev/tcp/127.0.0.1/38108; printf '\5\1\0' >&3
      printf '\5\1\0\3\21%s\1\273' '${host}' >&3; head -c 4 <&3 | od -An -tx1`;
    const { stdout } = await runUntil(world, 'bash -c "$WORD"', {
      env: { ...desktop.env, WORD: script },
      flags: ["--notify", "desktop", "-e", "WORD"],
      isEnough: () => desktop.shown().includes("wanted"),
    });
    assert.equal(stdout.trim(), "05 00 05 02", "the door for SOCKS has refused it");
    assert.ok(desktop.shown().includes(`wanted ${host}`), desktop.shown());
  });

  test("is announced where it cannot be: without a network that is looked at", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    for (const network of ["none", "host"]) {
      const { stderr } = world.inside("true", {
        flags: ["--notify", "bell", "--network", network],
      });
      assert.match(
        stderr,
        /^pale: warning: notify: with `network = .* nobody sees what is refused/u,
      );
    }
    assert.equal(world.inside("true", { flags: ["--notify", "bell"] }).stderr, "", "control");
  });

  test("has nothing of the session inside, and shows no value of it", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["notify-send"])) return;
    using world = new World();
    const env = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere/secret-bus", DISPLAY: ":99" };
    const flags = ["--notify", "desktop"];
    assert.equal(world.inside("env | grep -E 'DBUS|DISPLAY|PALE_SUP'", { env, flags }).stdout, "");
    const plan = world.pale(["run", "--dry-run", ...flags, "--", "true"], { env }).stdout;
    assert.doesNotMatch(plan, /secret-bus/u);
    assert.match(
      plan,
      /PALE_SUPERVISOR_SESSION_DBUS_SESSION_BUS_ADDRESS="\$DBUS_SESSION_BUS_ADDRESS"/u,
    );
  });
});

type Watched = {
  env: Record<string, string>;
  flags: readonly string[];
  isEnough: (said: string) => boolean;
};

/** A script inside, in a sandbox that ends when enough has come: a notice is shown by its supervisor. */
async function runUntil(world: World, script: string, { env, flags, isEnough }: Watched) {
  const words = ["run", ...flags, "--", "sh", "-c", `${script}; read line; true`];
  const child = spawn(PALE, words, { cwd: world.project, env: world.environment(env) });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close");
  await until(
    () => `enough after ${stdout}${stderr}`,
    () => isEnough(stdout),
  );
  child.stdin.end();
  await ended;
  return { stdout, stderr };
}

const TOOLS = ["notify-send", "dunst", "dbus-daemon", "Xvfb", "curl"];

/** A bus, a display and a program that shows notices, and prints them. */
async function startDesktop(t: TestContext, world: World) {
  const runtime = join(world.root, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  const display = await startX11(t, world.root);
  const bus = `unix:path=${join(runtime, "bus")}`;
  const env = { ...display, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: bus };
  const start = (command: string, args: string[]) => {
    const child = spawn(command, args, {
      env: { PATH: "/usr/bin:/bin", HOME: world.home, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    t.after(() => child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    return () => said;
  };
  const address = start("dbus-daemon", [
    "--session",
    `--address=${bus}`,
    "--nofork",
    "--print-address",
  ]);
  await until(
    () => "a bus",
    () => address().includes("\n"),
  );
  writeFileSync(join(world.root, "dunstrc"), "");
  const shown = start("dunst", ["-print", "-config", join(world.root, "dunstrc")]);
  const names = [
    "--session",
    "--print-reply",
    "--dest=org.freedesktop.DBus",
    "/org/freedesktop/DBus",
  ];
  const ask = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.Notifications"];
  await until(
    () => "a program that shows notices",
    () => world.spawn(["dbus-send", ...names, ...ask], { env }).stdout.includes("true"),
  );
  return { env, shown };
}
