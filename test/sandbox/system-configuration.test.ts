import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** Another `/etc`, with a configuration in it that `prepare` has made what it is. */
function judge(world: World, prepare: string) {
  const places = ["--dev-bind", "/", "/", "--tmpfs", "/etc"];
  const kept = ["passwd", "group", "ld.so.cache"].flatMap((name) => {
    return ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`];
  });
  const script = `umask 022; mkdir -p /etc/pale/profiles; echo 'network = "none"' >/etc/pale/config.toml
    echo '[profile.x]' >/etc/pale/profiles/x.toml; ${prepare}; exec ${PALE} check`;
  return world.spawn(["bwrap", ...places, ...kept, "--", "sh", "-c", script]);
}

describe("the configuration of the machine", () => {
  for (const prepare of [
    "chmod o+w /etc/pale/config.toml",
    "chmod g+w /etc/pale/profiles/x.toml",
    "chmod g+w /etc/pale",
    "chmod o+w /etc/pale/profiles",
    "mv /etc/pale/config.toml /etc/c; ln -s ../c /etc/pale/config.toml; chmod o+w /etc/c",
  ]) {
    test(`is refused when others can write it: ${prepare}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const control = judge(world, "true");
      assert.match(control.stdout, /^2 files, /mu, control.stderr);
      const { status, stderr } = judge(world, prepare);
      assert.notEqual(status, 0);
      assert.match(
        stderr,
        /others than root can change the configuration of this machine\n {2}at \/etc\/pale/u,
      );
    });
  }
});
