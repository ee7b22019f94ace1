import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import { ADDRESS } from "../internet/zone.ts";

const requireInternet = useInternet();

describe("rules of a filtered network", () => {
  test("a denied host is refused although a wildcard allows it", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const script = "curl -sS http://good.wild.test/; curl -sS http://bad.wild.test/";
    const allow = ["--allow", "*.wild.test"];
    const both = `good.wild.test at ${ADDRESS.web}\nbad.wild.test at ${ADDRESS.web}\n`;
    assert.equal(world.online(script, allow).stdout, both);
    const { stdout } = world.online(script, [...allow, "--deny", "bad.wild.test"]);
    const [good, bad = ""] = stdout.split("\n");
    assert.equal(good, `good.wild.test at ${ADDRESS.web}`);
    assert.match(bad, /bad\.wild\.test:80 is refused: a deny rule names it \(bad\.wild\.test\)/u);
    assert.deepEqual(world.refusals(), ["bad.wild.test:80 denied-by-rule"]);
  });

  test("a denied address is not reached by an allowed name", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const script = "curl -sS http://other.test/";
    const allow = ["--allow", "other.test"];
    assert.equal(world.online(script, allow).stdout, `other.test at ${ADDRESS.web}\n`);
    const { stdout } = world.online(script, [...allow, "--deny", ADDRESS.web]);
    assert.match(stdout, /other\.test:80 is refused: a deny rule names it/u);
    assert.deepEqual(world.refusals(), ["other.test:80 denied-by-rule"]);
  });

  test("a rule with a port is for that port, a rule without for 443 and 80", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const outcomes = (rule: string) =>
      [443, 80, 8443, 8080].map((port) => {
        const { stdout } = world.online(`python3 probe.py tunnel web.test ${port}`, [
          "--allow",
          rule,
        ]);
        return stdout.replace(
          /^.*:(\d+) is refused: this host is allowed on other ports only.*$/su,
          "$1 refused",
        );
      });
    const reached = "connected\n";
    assert.deepEqual(outcomes("web.test"), [reached, reached, "8443 refused", "8080 refused"]);
    assert.deepEqual(outcomes("web.test:8443"), [
      "443 refused",
      "80 refused",
      reached,
      "8080 refused",
    ]);
    assert.deepEqual(
      new Set(world.decisions().flatMap(({ reason }) => reason ?? [])),
      new Set(["port-not-listed"]),
    );
  });

  test("an allowed name is not a way to another one behind the same address", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    for (const [name, error, reason] of [
      ["web.test", /^connected$/u, undefined],
      ["other.test", /UNRECOGNIZED_NAME/u, "server-name-mismatch"],
      ["", /UNRECOGNIZED_NAME/u, "no-server-name"],
    ] as const) {
      const script = `python3 probe.py tunnel-tls web.test 443 ${name}`;
      assert.match(world.online(script, ["--allow", "web.test"]).stdout.trim(), error);
      assert.equal(world.decisions().at(-1)?.reason, reason);
      assert.equal(world.unfiltered(script).stdout, "connected\n");
    }
  });

  test("nor to another one in the head of a plain request, in a tunnel or not", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    for (const option of ["", "--proxytunnel", "--noproxy '*' --resolve web.test:80:127.0.0.1"]) {
      using world = new ConnectedWorld(internet);
      const script = `curl -sS ${option} -H 'Host: other.test' http://web.test/`;
      const { stdout } = world.online(script, ["--allow", "web.test"]);
      assert.match(stdout, /is refused: .*(?:another host|not on the list)/u);
      assert.match(world.refusals().join(), /:80 (?:host-mismatch|not-listed)$/u);
      const control = `curl -sS -H 'Host: other.test' http://web.test/`;
      assert.match(world.unfiltered(control).stdout, /^other\.test at /u);
    }
  });

  test("the next address is tried when the first one refuses or keeps silent", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    for (const name of ["refusing-first.test", "silent-first.test"]) {
      const { stdout, stderr } = world.online(`curl -sS https://${name}/`, ["--allow", name]);
      assert.equal(stdout, `${name} at ${ADDRESS.web}\n`, stderr);
    }
  });
});

describe("names in a filtered network", () => {
  test("are asked of the host's name server only when they are allowed and connected to", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const asked = (name: string) =>
      internet.queries().filter((query) => query.name === name).length;
    const lookUp = "python3 probe.py look-up";
    const script = `${lookUp} secret.exfil.test 443; ${lookUp} secret.wild.test 443;
      getent hosts secret.exfil.test; curl -sS https://secret.exfil.test/
      python3 probe.py tunnel secret.exfil.test 443; python3 probe.py socks secret.exfil.test 443`;
    const { stdout } = world.online(script, ["--allow", "*.wild.test"]);
    const [unlisted = "", listed] = stdout.split("\n");
    assert.match(unlisted, /gaierror .*Name or service not known/u);
    assert.equal(listed, "127.0.0.1");
    assert.deepEqual([asked("secret.exfil.test"), asked("secret.wild.test")], [0, 0]);
    assert.ok(world.refusals().includes("secret.exfil.test not-listed"));
    world.online("curl -sS https://secret.wild.test/", ["--allow", "*.wild.test"]);
    world.unfiltered(`${lookUp} secret.exfil.test 443`);
    assert.ok(asked("secret.wild.test") > 0);
    assert.ok(asked("secret.exfil.test") > 0);
  });
});
