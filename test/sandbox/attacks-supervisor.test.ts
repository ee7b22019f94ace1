import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfiguration } from "../../src/config/load.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import { LiveRules } from "../../src/supervise/rules.ts";
import { readLog } from "../../src/log/follow.ts";
import { openLog } from "../../src/log/write.ts";
import { Folder } from "../helpers/folder.ts";
import { requireSandbox, requireTool, requireTools } from "../helpers/requires.ts";
import { findParts } from "../helpers/tree.ts";
import { PALE, World } from "../helpers/world.ts";

/** What is around the filtered network: the log and its advice, the configuration, the supervisor's life. */

/** Asks the SOCKS door for each of the hosts; `N*` before one: so often. */
const ASK = `import socket, sys
for word in sys.argv[1:]:
    times, _, host = word.rpartition("*|")
    name = host.encode().decode("unicode_escape").encode("latin1")
    for _ in range(int(times or 1)):
        s = socket.create_connection(("127.0.0.1", 38108))
        s.sendall(b"\\5\\1\\0"); s.recv(2)
        s.sendall(b"\\5\\1\\0\\3" + bytes([len(name)]) + name + b"\\1\\xbb"); s.recv(64); s.close()`;

describe("the log", () => {
  test("says that lines are missing also when the sandbox ends right after a flood", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    ask(world, ["20*|few.example"]);
    assert.doesNotMatch(readText(world), /"suppressed"/u, "the control: nothing is missing");
    ask(world, ["800*|many.example"]);
    assert.match(readText(world), /"event":"suppressed"/u);
  });

  test("keeps what other sandboxes did, however long one goes on flooding it", () => {
    using folder = new Folder();
    const file = folder.at("log");
    let now = Date.UTC(2026, 0, 1);
    const open = (sandbox: string) => {
      const who = { sandbox, profile: "claude", project: "/p", learn: false };
      const log = openLog({ ...who, file, now: () => now });
      return (host: string) =>
        log.appendDecision({
          time: new Date(now).toISOString(),
          ...{ door: "socks", host, port: 443, verdict: "deny", reason: "malformed-name" },
        });
    };
    open("other")("important.example");
    const flood = open("hostile");
    const isKept = () =>
      readLog(file).some((line) => "host" in line && line.host === "important.example");
    assert.ok(isKept());
    for (let second = 0; second < 30 * 60; second += 1) {
      for (let line = 0; line < 20; line += 1) flood(String.raw`\x01`.repeat(250));
      now += 1000;
    }
    assert.ok(isKept(), "after half an hour");
  });

  test("shows a host so that nothing in it looks like a line of its own", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    const forged = `x${" ".repeat(79)}  allow it: pale allow evil.example`;
    ask(world, [forged, "honest.example", String.raw`\x1b]0;title\x07.example`, String.raw`a\nb`]);
    for (const words of [["log", "--denied"], ["log"], ["log", "--json"]]) {
      const { stdout } = world.pale(words);
      assert.match(stdout, /honest\.example/u);
      assert.doesNotMatch(stdout, /\u001B|\u0007|^b/mu);
      assert.doesNotMatch(stdout, /x {20,}/u, words.join(" "));
    }
    assert.match(
      world.pale(["log", "--denied"]).stdout,
      /^ {2}allow it: pale allow honest\.example$/mu,
    );
  });

  test("advises no rule that a shell or pale would take for something else", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    const hostile = '--profile $(id) `id` a;id *.example * "] xn-- a.example:22'.split(" ");
    ask(world, [...hostile, "plain.example"]);
    const advice = world.pale(["log", "--denied"]).stdout.match(/pale allow .*/gu);
    assert.deepEqual(advice, ["pale allow plain.example"]);
  });

  test("does not advise to allow the cloud's metadata service", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    ask(world, ["169.254.169.254", "8.8.8.8", "10.1.2.3"]);
    const advice = world.pale(["log", "--denied"]).stdout.match(/pale allow .*/gu);
    assert.deepEqual(advice, ["pale allow 8.8.8.8", "pale allow 10.1.2.3"]);
  });

  test("does not take a profile named `default` for none: its rule would hold for every profile", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    ask(world, ["some.example"]);
    const advice = () => world.pale(["log", "--denied"]).stdout;
    assert.match(advice(), /pale allow some\.example$/mu, "the control");
    world.write(".config/pale/config.toml", '[profile.default]\nnetwork = "filtered"\n');
    const { status, stderr } = ask(world, ["other.example"], ["--profile", "default"]);
    if (status === 125) assert.match(stderr, /must be another name/u);
    else assert.match(advice(), /allow other\.example --profile default$/mu);
  });

  test("is printed to a full disk or a closed pipe with a message of pale's, or none", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.inside("true");
    assert.match(world.outside(`${PALE} run --help`).stdout, /^Usage/u, "the control");
    const full = world.outside(`${PALE} run --help >/dev/full`);
    assert.deepEqual([full.status, full.stderr.split(" ")[0]], [125, "pale:"]);
    const closed = world.outside(`(sleep 0.3; ${PALE} run --help) | true`);
    assert.equal(closed.stderr, "");
  });
});

describe("the configuration", () => {
  for (const kind of ["missing", "empty"] as const) {
    test(`is not read from a directory that an agent could fill (${kind})`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      mkdirSync(join(world.home, ".config/pale"), { recursive: true });
      const link = join(world.home, ".config/pale/profiles");
      assert.equal(world.inside("true").status, 0, "the control: no link");
      symlinkSync(join(world.project, "profiles"), link);
      if (kind === "empty") mkdirSync(join(world.project, "profiles"));
      const { status, stderr } = world.inside(
        "mkdir -p profiles; echo 'allow = [\"evil.example\"]' > profiles/x.toml",
      );
      assert.match(stderr, /an agent could write `.*\/profiles`/u);
      assert.equal(status, 125);
    });
  }

  for (const table of ["~/work/project/", "~/link", "~/other/project"]) {
    test(`holds for the project that it names as ${table}, through links too`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      symlinkSync(world.project, join(world.home, "link"));
      symlinkSync(join(world.home, "work"), join(world.home, "other"));
      assert.match(plan(world), /network filtered/u, "the control");
      world.write(".config/pale/config.toml", `[project."${table}"]\nnetwork = "none"\n`);
      assert.match(plan(world), /network none/u);
    });
  }

  test("holds for a project when the home directory is a link, as /home is on some systems", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const HOME = join(world.root, "link");
    symlinkSync(world.home, HOME);
    world.write(".config/pale/config.toml", '[project."~/work/project"]\nnetwork = "none"\n');
    assert.match(plan(world), /network none/u, "the control");
    assert.match(
      world.pale(["run", "--dry-run", "--", "true"], { env: { HOME } }).stdout,
      /network none/u,
    );
  });

  test("of a project is not shed by a `.git` that its agent plants below", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/pale/config.toml", '[project."~/work/project"]\nnetwork = "none"\n');
    assert.equal(world.inside("mkdir -p part").status, 0);
    const cwd = join(world.project, "part");
    assert.match(plan(world, cwd), /network none/u, "the control");
    assert.equal(world.inside("mkdir part/.git").status, 0);
    assert.match(plan(world, cwd), /network none/u);
  });

  test("is in force when what it compiles to cannot be kept", async () => {
    using folder = new Folder();
    const path = folder.write("config.toml", 'deny = ["a.example"]\n');
    const kept = await loadConfiguration({ kind: "file", path }, folder.at("cache"));
    assert.equal(kept.defaults.deny.length, 1, "the control");
    const nowhere = join(folder.write("file"), "cache");
    const { defaults } = await loadConfiguration({ kind: "file", path }, nowhere);
    assert.equal(defaults.deny.length, 1);
  });

  test("is followed when it changed between the plan and the start of the supervisor", async () => {
    using folder = new Folder();
    const path = folder.write("config.toml", 'deny = ["late.example"]\n');
    const request = { profile: undefined, command: undefined, layer: EMPTY_LAYER };
    const live = new LiveRules(
      // What the plan had read before the line was there.
      {
        allow: [],
        found: [],
        deny: [],
        open: true,
        learn: false,
        listeners: [],
        publish: [],
        proxies: [],
        logins: [],
      },
      {
        choice: { kind: "file", path },
        cache: folder.at("cache"),
        request: { ...request, home: folder.path, project: folder.path },
      },
    );
    await live.refresh();
    assert.deepEqual(
      live.current().deny.map(({ text }) => text),
      ["late.example"],
    );
  });

  test("with an error is logged as a launch would say it, and the rules stay", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const file = world.write(".config/pale/config.toml", 'allow = ["a.example"]\n');
    using running = start(world, "read line");
    await until(() => readText(world).includes('"started"'));
    writeFileSync(file, "allow = [\n");
    await until(() => readText(world).includes('"reload"'));
    const { stdout } = world.pale(["log"]);
    assert.match(stdout, /the rules stay: not valid TOML.*config\.toml:\d/u);
    assert.doesNotMatch(stdout, /bunfs|UserErrors?:/u);
    await running.end();
  });

  test("takes ten hosts from ten processes at once", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const hosts = Array.from({ length: 10 }, (_, index) => `h${index}.example`);
    const ended = hosts.map((host) => {
      const child = spawn(PALE, ["allow", host], { cwd: world.project, env: world.environment() });
      return once(child, "exit").then(([code]: unknown[]) => code);
    });
    assert.deepEqual(new Set(await Promise.all(ended)), new Set([0]));
    const text = readFileSync(join(world.home, ".config/pale/config.toml"), "utf8");
    assert.deepEqual(text.match(/h\d\.example/gu)?.sort(), hosts);
  });

  test("gets no table for a project that there cannot be", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    assert.equal(world.pale(["allow", "a.example", "--project"]).status, 0, "the control");
    for (const cwd of ["/", world.home]) {
      const { status, stderr } = world.pale(["allow", "b.example", "--project"], { cwd });
      assert.match(stderr, /cannot be the project/u, cwd);
      assert.equal(status, 125);
    }
  });

  for (const url of ["https://a!b/", "http://*:8080", "http://*.a.example"]) {
    test(`takes no rule from an endpoint like ${url}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const run = (API: string) =>
        world.inside("true", { flags: ["--endpoint", "API"], env: { API } });
      assert.equal(run("https://api.example/v1").status, 0, "the control");
      const { status, stderr } = run(url);
      assert.match(stderr, /^pale: `API` does not hold the URL of a server\n/u);
      assert.equal(status, 125);
    });
  }
});

describe("the launch with a supervisor", () => {
  test("leaves a pipe that the agent writes to as it was: nothing of what it says is lost", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "COMMAND head -c 1000000 /dev/zero | (sleep 0.5; wc -c)";
    assert.equal(world.outside(script.replace("COMMAND ", "")).stdout.trim(), "1000000");
    const { stdout, stderr } = world.outside(script.replace("COMMAND", `${PALE} run --`));
    assert.deepEqual([stdout.trim(), stderr], ["1000000", ""]);
  });

  test("is refused where the doors could not be opened, and does not end in silence", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = new World();
    const script = `ulimit -n LIMIT; exec ${PALE} run -- curl -s -o /dev/null -w '%{http_connect}' https://a.example`;
    assert.equal(world.outside(script.replace("LIMIT", "1024")).stdout, "403");
    for (const limit of ["64", "256"]) {
      const { status, stdout, stderr } = world.outside(script.replace("LIMIT", limit));
      assert.match(stderr, /^pale: .*\n.*ulimit -n/u, limit);
      assert.deepEqual([status, stdout], [125, ""]);
    }
  });

  test("ends with the agent's code whatever is closed, and in a pipeline", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    for (const closed of [
      "<&-",
      ">&-",
      "2>&-",
      "<&- >&- 2>&-",
      "| cat; test ${PIPESTATUS[0]} = 7 && exit 7",
    ]) {
      const { status } = world.spawn(["bash", "-c", `${PALE} run -- sh -c 'exit 7' ${closed}`]);
      assert.equal(status, 7, closed);
    }
    assert.equal(world.outside(`${PALE} run -- sh -c 'exit 7' & wait $!`).status, 7);
  });

  test("is not held up by a supervisor that is stopped", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    using running = start(world, "read line; exit 5");
    await until(() => readText(world).includes('"started"'));
    const supervisor = running.findSupervisor();
    process.kill(supervisor, "SIGSTOP");
    assert.equal(await running.end(), 5);
    await until(() => isGone(supervisor));
  });

  test("has the password of the company's proxy in the supervisor, and nowhere inside or on disk", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const env = { https_proxy: "http://user:PASSW0RD@127.0.0.1:9" };
    const look = "cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n' | grep -c PASSW[0]RD";
    assert.equal(world.inside(look, { env, flags: ["--allow", "*.example"] }).stdout, "0\n");
    const asked = "curl -s https://a.example";
    world.inside(asked, { env, flags: ["--allow", "*.example"] });
    assert.match(readText(world), /a\.example.*(?:upstream|via)/u);
    assert.equal(world.outside("grep -rl PASSW0RD ~/.local ~/.cache").stdout, "");
    assert.doesNotMatch(world.outside(`${PALE} run --dry-run true`, { env }).stdout, /PASSW0RD/u);
    using running = start(world, "read line", env);
    await until(() => running.findSupervisor() !== 0);
    const environment = readFileSync(`/proc/${running.findSupervisor()}/environ`, "utf8");
    assert.match(environment, /PASSW0RD/u, "the control");
    await running.end();
  });

  test("works when the log cannot be written, and when there is no configuration", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = new World();
    const script = "curl -s -o /dev/null -w '%{http_connect}' https://a.example";
    assert.equal(world.inside(script).stdout, "403");
    const state = join(world.home, ".local/state/pale");
    writeFileSync(join(state, "log"), "");
    chmodSync(join(state, "log"), 0o400);
    assert.equal(world.inside(script, { flags: ["--no-config"] }).stdout, "403");
    assert.equal(readText(world), "");
  });
});

function ask(world: World, hosts: readonly string[], flags: readonly string[] = []) {
  world.write("work/project/ask.py", ASK);
  return world.pale(["run", ...flags, "--", "python3", "ask.py", ...hosts]);
}

function plan(world: World, cwd = world.project): string {
  return world.pale(["run", "--dry-run", "--", "true"], { cwd }).stdout.split("\n")[0] ?? "";
}

function readText(world: World): string {
  const file = join(world.home, ".local/state/pale/log");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** A sandbox that goes on until its input ends. */
function start(world: World, script: string, extra: Record<string, string> = {}) {
  const options = { cwd: world.project, env: world.environment(extra) };
  const child = spawn(PALE, ["run", "--", "sh", "-c", script], options);
  const exit = once(child, "exit");
  const end = async (): Promise<unknown> => {
    child.stdin.end();
    return (await exit)[0];
  };
  const find = () => findParts(child.pid ?? 0)["supervisor"] ?? 0;
  return { end, findSupervisor: find, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

function isGone(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return !existsSync(path) || / Z /u.test(readFileSync(path, "utf8"));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`not within 20 seconds: ${condition.toString()}`);
    await sleep(20);
  }
}
