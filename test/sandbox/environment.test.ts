import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

const SECRET = "planted-secret-5d0f";

describe("the environment", () => {
  test("holds no variable of the caller that nobody named", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const env = { AWS_SECRET_ACCESS_KEY: SECRET };
    const script = "env; tr '\\0' '\\n' < /proc/1/environ; cat /proc/*/environ 2>/dev/null";
    assert.match(world.outside("env", { env }).stdout, new RegExp(SECRET, "u"));
    assert.doesNotMatch(world.inside(script, { env }).stdout, new RegExp(SECRET, "u"));
    const passed = world.inside(script, { env, flags: ["-e", "AWS_SECRET_ACCESS_KEY"] });
    assert.match(passed.stdout, new RegExp(`AWS_SECRET_ACCESS_KEY=${SECRET}`, "u"));
  });

  test("is what the allowlist, the profile and pale say, and nothing more", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const env = { LANG: "C.UTF-8", LC_TIME: "C", EDITOR: "vi", SOMETHING: "else" };
    const { stdout } = world.inside("env | cut -d= -f1 | sort", { env });
    const names = `ALL_PROXY EDITOR GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 HOME HTTPS_PROXY HTTP_PROXY LANG LC_TIME LOGNAME
      NODE_USE_ENV_PROXY NO_PROXY PALE_SANDBOX PATH PWD SHELL TERM USER XDG_RUNTIME_DIR
      all_proxy http_proxy https_proxy no_proxy`;
    const shell = ["OLDPWD", "SHLVL", "_"];
    const found = stdout
      .trim()
      .split("\n")
      .filter((name) => !shell.includes(name));
    assert.deepEqual(found, names.split(/\s+/u));
  });

  test("tells programs that they are in pale", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    assert.equal(world.outside('echo "[$PALE_SANDBOX]"').stdout, "[]\n");
    assert.equal(world.inside('echo "[$PALE_SANDBOX]"').stdout, "[default]\n");
  });

  test("never loads into bubblewrap what is meant for the program", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = ["-e", "LD_PRELOAD=/nowhere/evil.so"];
    const { stderr } = world.pale(["run", ...flags, "--", "true"]);
    assert.equal(stderr.match(/cannot be preloaded/gu)?.length, 1, stderr);
  });

  test("stands on no command line of the host", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const child = spawn(PALE, ["run", "-e", "TOKEN", "--", "sh", "-c", "echo up; sleep 20"], {
      cwd: world.project,
      env: world.environment({ TOKEN: SECRET }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    assert.ok(grepProcesses("environ") > 0, "the program itself has the secret");
    assert.equal(grepProcesses("cmdline"), 0);
  });
});

/** In how many of the user's own processes a file of /proc holds the secret; not in this one. */
function grepProcesses(file: "environ" | "cmdline"): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids.filter((pid) => readProcess(pid, file).includes(SECRET)).length;
}

function readProcess(pid: string, file: string): string {
  try {
    return Number(pid) === process.pid ? "" : readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
