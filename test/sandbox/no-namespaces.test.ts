import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { assembleInit } from "../../src/init/assemble.ts";
import { renderNetworkFile } from "../../src/launch/network-file.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** Where nobody may make a namespace: the kernel counts, and here the most is none. */
const CLOSED = [
  "echo 0 >/proc/sys/user/max_user_namespaces",
  'exec setpriv --inh-caps -all --ambient-caps -all "$@"',
].join(" && ");

function spawnClosed(world: World, command: readonly string[]) {
  const own = ["unshare", "--user", "--map-current-user", "--keep-caps"];
  return world.spawn([...own, "sh", "-c", CLOSED, "sh", ...command]);
}

function requireAll(context: TestContext): boolean {
  return Boolean(requireSandbox(context) && requireTool(context, "unshare"));
}

describe("where users may make no namespaces", () => {
  test("a launch names the setting, the doctor too, and both the remedy", (context) => {
    if (!requireAll(context)) return;
    using world = new World();
    assert.equal(world.pale(["run", "--", "true"]).status, 0, "control");
    const { status, stderr } = spawnClosed(world, [PALE, "run", "--", "true"]);
    assert.equal(status, 125);
    assert.match(stderr, /^pale: this kernel does not let users make namespaces$/mu);
    assert.match(stderr, /^ {2}sudo sysctl -w user\.max_user_namespaces=15000 /mu);
    const { stdout } = spawnClosed(world, [PALE, "doctor", "--json"]);
    const failed = (JSON.parse(stdout) as Finding[]).filter(({ verdict }) => verdict === "fail");
    const found = Object.fromEntries(failed.map(({ check, remedy }) => [check, remedy ?? ""]));
    assert.match(found["user namespaces"]!, /^echo user\.max_user_namespaces=15000 \| sudo tee /u);
    assert.match(found["sandbox"]!, /^sudo sysctl -w user\.max_user_namespaces=15000 /u);
  });

  // No kernel of these tests has AppArmor: what it would answer is said here, what fails is real.
  for (const [restricts, words] of [
    [1, /^pale doctor --install-apparmor$/mu],
    [0, /^run this outside of a container; `pale doctor` says more$/mu],
  ] as const) {
    test(`a bubblewrap that fails is explained, with AppArmor at ${restricts}`, (context) => {
      if (!requireAll(context)) return;
      using world = new World();
      const module = join(import.meta.dirname, "../../src/host/probe.ts");
      const script = world.write(
        "probe.ts",
        `import { probeSandbox } from ${JSON.stringify(module)};
         const kernel = { unprivilegedUserns: 1, maxUserNamespaces: 1, apparmorRestricts: ${restricts} };
         try { probeSandbox({ path: "/usr/bin/bwrap", version: "0", fingerprint: "" }, kernel); }
         catch (error) { console.log(error.message + "\\n" + error.origin + "\\n" + error.hint); }`,
      );
      assert.equal(world.spawn([process.execPath, script]).stdout, "", "control");
      const { stdout } = spawnClosed(world, [process.execPath, script]);
      assert.match(
        stdout,
        /^this host does not let bubblewrap make a sandbox\nbwrap: .*namespace/u,
      );
      assert.match(stdout, words);
    });
  }

  test("the init program sends to the doctor, where only bubblewrap has a profile", (context) => {
    if (!requireAll(context)) return;
    using world = new World();
    const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
    const init = join(world.home, "init");
    writeFileSync(init, assembleInit(architecture), { mode: 0o755 });
    const ids = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const network = join(world.home, "network");
    writeFileSync(network, renderNetworkFile([], ids));
    const command = [init, "outer", "/dev/null", "--network", network, "--", "/bin/true"];
    assert.equal(world.spawn(command).status, 0, "control");
    const { status, stderr } = spawnClosed(world, command);
    assert.notEqual(status, 0);
    assert.match(stderr, /^pale: cannot make a network namespace: `pale doctor` has the remedy$/mu);
  });
});
