import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import { ADDRESS } from "../internet/zone.ts";

const requireInternet = useInternet();

describe("names that lead elsewhere than to the internet", () => {
  for (const { name, address, kind } of [
    { name: "lan.test", address: ADDRESS.lan, kind: "private" },
    { name: "metadata.test", address: ADDRESS.metadata, kind: "metadata" },
    { name: "loopback.test", address: ADDRESS.loopback, kind: "loopback" },
    { name: "loopback-six.test", address: "::1", kind: "loopback" },
    { name: "mapped.test", address: ADDRESS.loopback, kind: "loopback" },
    { name: "zero.test", address: "0.0.0.0", kind: "special" },
    { name: "own.test", address: ADDRESS.own, kind: "this-network" },
  ]) {
    test(`${name} (${kind}) is refused although it is listed, unless its address is`, (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      using world = new ConnectedWorld(internet);
      const script = `curl -sSv https://${name}/`;
      const refused = world.online(script, ["--allow", name]);
      const detail = `${name}:443 is refused: it resolves to an address that is not on the public internet (${address}, ${kind})`;
      assert.equal(refused.stdout, "");
      assert.ok(refused.stderr.includes(detail), refused.stderr);
      assert.deepEqual(world.refusals(), [`${name}:443 not-public`]);
      const rule = address.includes(":") ? `[${address}]` : address;
      const allowed = world.online(script, ["--allow", name, "--allow", rule]);
      assert.match(allowed.stdout, new RegExp(`^${name} at `, "u"), allowed.stderr);
      assert.match(world.unfiltered(script).stdout, new RegExp(`^${name} at `, "u"));
    });
  }

  for (const [name, address] of [
    ["rebind-loopback.test", ADDRESS.loopback],
    ["rebind-metadata.test", ADDRESS.metadata],
  ] as const) {
    test(`${name}, public at first, is refused once it is ${address}`, (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      using world = new ConnectedWorld(internet);
      const script = `curl -sS http://${name}/; curl -sS http://${name}/`;
      const { stdout } = world.online(script, ["--allow", name]);
      const [first = "", second = ""] = stdout.split("\n");
      assert.equal(first, `${name} at ${ADDRESS.web}`);
      assert.ok(second.includes("is refused: it resolves to an address that is not on the public"));
      assert.ok(second.includes(address), second);
      assert.deepEqual(world.refusals(), [`${name}:80 not-public`]);
    });
  }

  test("of a name with a private address and a public one, the public one is reached", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const script = "curl -sS https://mixed.test/";
    assert.equal(
      world.online(script, ["--allow", "mixed.test"]).stdout,
      `mixed.test at ${ADDRESS.web}\n`,
    );
    assert.equal(world.unfiltered(script).stdout, `mixed.test at ${ADDRESS.loopback}\n`);
  });
});

describe("IP addresses in place of names", () => {
  for (const host of ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"]) {
    test(`${host}, loopback in another spelling, is refused by every door`, (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      using world = new ConnectedWorld(internet);
      const bare = host.replaceAll(/[[\]]/gu, "");
      const ask = (flags: string[]) => [
        world.online(`python3 probe.py tunnel '${host}' 443`, flags).stdout,
        world.online(`python3 probe.py socks '${bare}' 443`, flags).stdout,
      ];
      const [tunnel = "", socks = ""] = ask(["--allow", "web.test"]);
      assert.match(tunnel, /403 pale: .*:443 is refused: hosts are allowed by name, not by IP/u);
      assert.equal(socks, "OSError SOCKS reply 2\n");
      const reasons = world.refusals().map((refusal) => refusal.split(" ").at(-1));
      assert.deepEqual(reasons, ["ip-literal", "ip-literal"]);
      assert.equal(
        world.unfiltered(`python3 probe.py connect '${bare}' 443`).stdout,
        "connected\n",
      );
    });
  }

  test("an address is refused, public or not, unless a rule names it", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    for (const address of [ADDRESS.web, ADDRESS.lan, ADDRESS.metadata, ADDRESS.loopback]) {
      const script = `python3 probe.py tunnel ${address} 443`;
      assert.match(world.online(script, ["--allow", "web.test"]).stdout, /not by IP address/u);
      assert.equal(world.online(script, ["--allow", address]).stdout, "connected\n");
    }
  });
});

describe("ways around the doors", () => {
  for (const { way, target, control } of [
    { way: "connect", target: `${ADDRESS.web} 443`, control: "connected\n" },
    { way: "connect", target: `${ADDRESS.webSix} 443`, control: "connected\n" },
    { way: "connect", target: `${ADDRESS.lan} 80`, control: "connected\n" },
    { way: "dns-udp", target: `${ADDRESS.otherNameServer} 53`, control: `${ADDRESS.web}\n` },
    { way: "dns-tcp", target: `${ADDRESS.otherNameServer} 53`, control: `${ADDRESS.web}\n` },
  ]) {
    test(`there is no route for ${way} to ${target}`, (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      using world = new ConnectedWorld(internet);
      const script = `python3 probe.py ${way} ${target}`;
      assert.match(world.online(script, ["--allow", "web.test"]).stdout, /Network is unreachable/u);
      assert.equal(world.unfiltered(script).stdout, control);
    });
  }

  test("the host's loopback is not there", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const script = "python3 probe.py connect 127.0.0.1 8080";
    assert.match(world.online(script, ["--allow", "web.test"]).stdout, /Connection refused/u);
    assert.equal(world.unfiltered(script).stdout, "connected\n");
  });
});
