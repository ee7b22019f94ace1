import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

function doctor(world: World, env: Record<string, string> = {}) {
  const outcome = world.pale(["doctor", "--json"], { env: { SHELL: "/bin/bash", ...env } });
  assert.equal(outcome.stderr, "");
  const findings = JSON.parse(outcome.stdout) as Finding[];
  const verdict = (check: string) => findings.find((each) => each.check === check)?.verdict;
  return { ...outcome, findings, verdict };
}

const SHIMS_FIRST = `eval "$('${PALE}' shellenv bash)"\n`;

describe("pale doctor", () => {
  test("finds the tools in order, makes a sandbox, and misses the shims", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { status, verdict } = doctor(world);
    // One that the distribution has not mended yet is a warning, for which nobody here can do anything.
    assert.notEqual(verdict("bubblewrap"), "fail");
    for (const check of ["sandbox", "seccomp", "configuration", "log"]) {
      assert.equal(verdict(check), "ok", check);
    }
    assert.equal(verdict("shims"), "fail");
    assert.equal(status, 1);
    assert.equal(world.pale(["shims"]).status, 0);
    assert.deepEqual([doctor(world).verdict("shims"), doctor(world).status], ["ok", 0]);
  });

  test("asks the shells that there are, with the user's startup files", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bash")) return;
    using world = new World();
    world.pale(["shims"]);
    world.write(".bashrc", SHIMS_FIRST);
    world.write("bin/claude", "#!/bin/sh\n", 0o755);
    world.write(".bash_profile", `PATH=${world.home}/bin:$PATH\n`);
    const bypassed = doctor(world);
    assert.equal(bypassed.verdict("bash (interactive)"), "ok");
    assert.equal(bypassed.verdict("bash (login)"), "fail");
    assert.match(bypassed.stdout, /claude is [^"]*\/bin\/claude, without a sandbox/u);
    assert.equal(bypassed.status, 1);
    world.write(".bash_profile", `PATH=${world.home}/bin:$PATH\n${SHIMS_FIRST}`);
    assert.equal(doctor(world).verdict("bash (login)"), "ok");
  });

  for (const [name, line] of [
    ["alias", "alias claude='/opt/claude --yolo'\n"],
    ["function", "claude() { /opt/claude; }\n"],
  ] as const) {
    test(`sees an ${name} that goes past the shim`, (t) => {
      if (!requireSandbox(t) || !requireTool(t, "bash")) return;
      using world = new World();
      world.pale(["shims"]);
      world.write(".bashrc", `${SHIMS_FIRST}${line}`);
      const { findings, status } = doctor(world);
      const found = findings.find(({ check }) => check === "bash (interactive)");
      assert.equal(found?.verdict, "fail");
      assert.match(found.detail, new RegExp(`claude is an? ${name}`, "u"));
      assert.equal(status, 1);
    });
  }

  test("misses a shim that was taken away, was written over, or belongs to an agent that is new", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const shims = ".local/share/pale/shims";
    const say = () => doctor(world).findings.find(({ check }) => check === "shims");
    world.pale(["shims"]);
    assert.equal(say()?.verdict, "ok", "control");
    rmSync(join(world.home, shims, "codex"));
    world.write("bin/opencode", "#!/bin/sh\n", 0o755);
    world.write(`${shims}/claude`, "#!/bin/sh\n", 0o755);
    const env = { PATH: `${world.home}/bin:/usr/bin:/bin` };
    const { findings, status } = doctor(world, env);
    const found = findings.find(({ check }) => check === "shims");
    const words = ["claude is no shim of pale", "codex is not there", "opencode is not there"];
    for (const each of words) assert.ok(found?.detail.includes(each), found?.detail);
    assert.deepEqual([found?.verdict, status], ["fail", 1]);
    const remedy = found?.remedy?.replace(" && pale shims", ` && '${PALE}' shims`);
    assert.equal(world.outside(remedy ?? "false").status, 0);
    assert.equal(say()?.verdict, "ok");
  });

  test("hints at what starts an agent by its absolute path", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.pale(["shims"]);
    world.write(".local/share/applications/a.desktop", "[Desktop Entry]\nExec=/opt/x/claude %u\n");
    const { findings, status } = doctor(world);
    const found = findings.find(({ check }) => check === "absolute paths");
    assert.match(found!.detail, /a\.desktop starts \/opt\/x\/claude$/u);
    assert.deepEqual([found?.verdict, status], ["warn", 0]);
  });

  test("runs no `unshare` of the caller's PATH, where a project's directory may stand first", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "unshare")) return;
    using world = new World();
    const mark = join(world.home, "has-run");
    world.write("bin/unshare", `#!/bin/sh\necho >'${mark}'\n`, 0o755);
    const env = { PATH: `${world.home}/bin:/usr/bin:/bin` };
    const { verdict } = doctor(world, env);
    assert.equal(verdict("overlays"), doctor(world).verdict("overlays"));
    world.pale(["selftest"], { env });
    assert.equal(existsSync(mark), false);
    world.outside("unshare", { env });
    assert.equal(existsSync(mark), true);
  });

  test("leaves nothing in the home but what pale keeps: fish does not look used afterwards", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.pale(["shims"]);
    const { findings } = doctor(world);
    const places = [".config/fish", ".local/share/fish", ".cache/fish", "fish"];
    assert.deepEqual(
      places.filter((place) => existsSync(join(world.home, place))),
      [],
    );
    assert.ok(findings.some(({ check }) => check.startsWith("fish")));
    assert.deepEqual(doctor(world).findings, findings);
  });

  test("reports a configuration and a proxy that cannot be used", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/pale/config.toml", "netwrok = 'none'\n");
    const { verdict, stdout } = doctor(world, { HTTPS_PROXY: "socks5://127.0.0.1:1" });
    assert.equal(verdict("configuration"), "fail");
    assert.equal(verdict("upstream proxy"), "fail");
    assert.match(stdout, /netwrok/u);
  });
});
