import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

const SECRET = "planted-secret-c3d7";

const SHOW = `printf '[%s]' "$TOKEN"`;

describe("a variable from a file", () => {
  test("is its text, without the line feed at the end", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const file = world.write("token", `two\nlines ${SECRET}\n`, 0o600);
    assert.equal(world.inside(SHOW).stdout, "[]");
    const flags = ["--env-file", `TOKEN=${file}`];
    assert.equal(world.inside(SHOW, { flags }).stdout, `[two\nlines ${SECRET}]`);
    assert.match(world.inside(`cat ${file}`, { flags }).stderr, /No such file/u);
    world.write(".config/pale/config.toml", 'env.file = { TOKEN = "~/token" }\n');
    assert.equal(world.inside(SHOW).stdout, `[two\nlines ${SECRET}]`);
  });

  for (const [name, text, problem] of [
    ["with a NUL byte", "a\0b", /`TOKEN` is to be set to is not text/u],
    ["that is too long", "x".repeat(65_537), /`TOKEN` cannot be read from/u],
  ] as const) {
    test(`${name} stops the launch`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const flags = ["--env-file", `TOKEN=${world.write("token", text)}`];
      const { status, stderr } = world.inside(SHOW, { flags });
      assert.match(stderr, problem);
      assert.equal(status, 125);
    });
  }

  test("that is missing or no file stops the launch", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    assert.equal(world.outside("mkfifo ~/pipe").status, 0);
    for (const name of ["nowhere", "pipe", "work"]) {
      const flags = ["--env-file", `TOKEN=${join(world.home, name)}`];
      const { stderr } = world.inside(SHOW, { flags });
      assert.match(stderr, /`TOKEN` cannot be read from .*\n {2}at --env-file\n/u);
    }
  });

  test("is never read where an agent can write, nor through a link from there", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const file = world.write("token", SECRET);
    assert.equal(world.inside(`ln -s ${file} link; echo x > own`).status, 0);
    for (const name of ["link", "own"]) {
      const { stdout, stderr } = world.inside(SHOW, { flags: ["--env-file", `TOKEN=${name}`] });
      assert.match(stderr, /an agent could write `.*`, where `TOKEN` comes from/u);
      assert.equal(stdout, "");
    }
    assert.equal(
      world.inside(SHOW, { flags: ["--env-file", `TOKEN=${file}`] }).stdout,
      `[${SECRET}]`,
    );
  });
});

describe("a variable from a command", () => {
  test("is what it prints, run in the home directory", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = ["--env-command", "TOKEN=pwd"];
    assert.equal(world.inside(SHOW, { flags }).stdout, `[${world.home}]`);
  });

  test("is not run for a dry run, which does not have its value", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = world.write("bin/secret", `#!/bin/sh\ntouch ~/ran\necho ${SECRET}\n`, 0o755);
    const flags = [
      "--env-command",
      `TOKEN=${script}`,
      "--env-file",
      `OTHER=${world.write("f", SECRET)}`,
    ];
    for (const form of ["--dry-run", "--dry-run=json"]) {
      const { stdout, status } = world.inside("true", { flags: [...flags, form] });
      assert.equal(status, 0);
      assert.match(stdout, /TOKEN/u);
      assert.doesNotMatch(stdout, new RegExp(SECRET, "u"));
    }
    assert.equal(existsSync(join(world.home, "ran")), false);
    assert.equal(world.inside(SHOW, { flags }).stdout, `[${SECRET}]`);
    assert.equal(existsSync(join(world.home, "ran")), true);
  });

  test("that fails stops the launch with the first line it says", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = world.write(
      "bin/fails",
      `#!/bin/sh\necho ${SECRET}\necho locked >&2\nexit 3\n`,
      0o755,
    );
    const { stderr, stdout, status } = world.inside(SHOW, {
      flags: ["--env-command", `TOKEN=${script}`],
    });
    assert.equal(
      stderr,
      `pale: \`${script}\`, which \`TOKEN\` comes from, ended with 3\n  at --env-command\n  locked\n`,
    );
    assert.deepEqual([stdout, status], ["", 125]);
    const missing = world.inside(SHOW, { flags: ["--env-command", "TOKEN=no-such-program"] });
    assert.match(
      missing.stderr,
      /`TOKEN` comes from a command, and `no-such-program` was not found on PATH\n {2}at --env-command\n {2}install it/u,
    );
    assert.equal(missing.status, 125);
  });

  test("is never a program that an agent could have put there", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("bin/secret", "#!/bin/sh\necho right\n", 0o755);
    world.write("work/project/bin/secret", "#!/bin/sh\necho wrong\n", 0o755);
    const own = join(world.project, "bin");
    const env = { PATH: `${own}:${join(world.home, "bin")}:/usr/bin:/bin` };
    assert.equal(world.outside("secret", { env }).stdout, "wrong\n");
    const flags = ["--env-command", "TOKEN=secret"];
    assert.equal(world.inside(SHOW, { env, flags }).stdout, "[right]");
    const named = world.inside(SHOW, { env, flags: ["--env-command", `TOKEN=${own}/secret`] });
    assert.match(named.stderr, /an agent could write `.*bin\/secret`/u);
  });

  test("cannot be one that bubblewrap would have on its command line", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stderr } = world.inside("true", { flags: ["--env-command", "LD_PRELOAD=pwd"] });
    assert.match(stderr, /`LD_PRELOAD` cannot be set from a command/u);
  });

  test("stands on no command line of the host", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = ["--env-file", `TOKEN=${world.write("token", SECRET)}`];
    const child = spawn(PALE, ["run", ...flags, "--", "sh", "-c", "echo up; sleep 20"], {
      cwd: world.project,
      env: world.environment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    assert.ok(countProcesses("environ") > 0, "the program itself has the secret");
    assert.equal(countProcesses("cmdline"), 0);
  });
});

/** How many of the user's processes hold the secret in a file of /proc. */
function countProcesses(file: "environ" | "cmdline"): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids.filter((pid) => readProcess(pid, file).includes(SECRET)).length;
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
