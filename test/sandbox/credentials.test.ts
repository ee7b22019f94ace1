import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";
import type { Outcome } from "../helpers/world.ts";

const VALUE = "sk-real-0123456789abcdef";

const CONFIGURATION = `
proxies = [
  { host = "web.test", inject = { header = "x-api-key", secret = "key", env = "API_KEY" } },
]
`;

function makeWorld(internet: Internet, configuration = CONFIGURATION): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  world.write(".config/pale/config.toml", configuration);
  world.write(".config/pale/secrets.toml", `[key]\nvalue = "${VALUE}"\n`, 0o600);
  return world;
}

/** The host believes the fake internet's authority; what is inside is told nothing of it. */
function run(world: ConnectedWorld, internet: Internet, script: string): Outcome {
  return world.inside(script, { env: { SSL_CERT_FILE: internet.caFile } });
}

describe("a credential that stays outside", () => {
  const startInternet = useInternet();

  test("is in the request that the server gets, and nowhere inside", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    const script = `curl -sS https://web.test/headers -H "x-api-key: $API_KEY"
      echo "key: $API_KEY"; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'`;
    const { stdout, stderr, status } = run(world, internet, script);
    assert.equal(status, 0, stderr);
    const seen = internet.requests().find(({ path }) => path === "/headers");
    assert.equal(seen?.headers["x-api-key"], VALUE, stdout + stderr);
    assert.equal(stdout.includes(VALUE), false);
    assert.match(stdout, /key: sk-[a-z]{4}-\d{10}[a-z]{6}$/mu);
    const log = readFileSync(join(world.home, ".local/state/pale/log"), "utf8");
    assert.equal(log.includes(VALUE), false);
    assert.match(log, /"event":"request","host":"web.test","method":"GET","path":"\/headers"/u);
  });
});
