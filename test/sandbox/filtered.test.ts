import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { networkInterfaces } from "node:os";
import { after, before, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { setTimeout as sleep } from "node:timers/promises";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { until } from "../helpers/running.ts";
import { PALE, World } from "../helpers/world.ts";

/** What is there of a network inside, and what is not. Hosts of the internet: internet-*.test.ts. */

/** The host's own server, in another thread: `spawnSync` stops this one. */
const SERVER = new URL("../helpers/hello-server.ts", import.meta.url);

describe("the filtered network", () => {
  let port = 0;
  let server: Worker;
  before(async () => {
    server = new Worker(SERVER);
    port = await new Promise((resolve) => {
      server.once("message", resolve);
    });
  });
  after(async () => void (await server.terminate()));

  test("has a loopback, and no other interface, address or route", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = "tail -n +3 /proc/net/dev | cut -d: -f1; tail -n +2 /proc/net/route";
    assert.equal(world.inside(script).stdout.trim(), "lo");
    const others = Object.keys(networkInterfaces()).filter((name) => name !== "lo");
    const host = world.inside(script, { flags: ["--network", "host"] }).stdout;
    for (const name of others) assert.ok(host.includes(name), host);
  });

  for (const [name, flags, found] of [
    ["at the same port", (p: number) => ["-f", `${p}`], (p: number) => p],
    ["at another port", (p: number) => ["-f", `${p}:9876`], () => 9876],
  ] as const) {
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      test(`shows a server of the host's loopback ${name}, on ${host}; and only when it is told to`, (t) => {
        if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
        using world = new World();
        const script = `curl -sS http://${host}:${found(port)}/`;
        assert.equal(world.inside(script, { flags: flags(port) }).stdout, "hello from the host");
        const without = world.inside(script);
        assert.equal(without.status, 7, "curl's code for a connection that is refused");
        assert.equal(without.stdout, "");
      });
    }
  }

  test("does not lead to the host's loopback by way of the proxy, unless the rule says so", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = new World();
    for (const [host, reason] of [
      ["localhost", /this name means the host's own loopback/u],
      ["127.0.0.1", /hosts are allowed by name, not by IP address/u],
      ["2130706433", /hosts are allowed by name, not by IP address|is not a host name/u],
      ["app.localhost", /this name means the host's own loopback/u],
    ] as const) {
      const script = `curl -sS --noproxy "" http://${host}:${port}/`;
      const proxied = script.replace("curl", "curl -x http://127.0.0.1:38128");
      assert.match(world.inside(proxied).stdout, reason, host);
    }
    const script = `curl -sS --noproxy "" -x http://127.0.0.1:38128 http://localhost:${port}/`;
    const allowed = world.inside(script, { flags: ["--allow", `localhost:${port}`] });
    assert.equal(allowed.stdout, "hello from the host");
  });

  test("lets servers inside be reached inside", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["python3", "curl"])) return;
    using world = new World();
    const script = `python3 -m http.server --bind 127.0.0.1 8123 >/dev/null 2>&1 & 
      for i in $(seq 600); do curl -sf -o /dev/null http://localhost:8123/ && break; sleep 0.05; done
      curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:8123/; kill $!`;
    assert.equal(world.inside(script).stdout, "200");
  });

  test("has doors that nobody outside can knock at", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = new World();
    const knock = "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:38128/";
    const child = spawn(PALE, ["run", "--", "sh", "-c", `${knock}; echo; cat`], {
      cwd: world.project,
      env: world.environment(),
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    while (!said.includes("\n")) await sleep(10);
    assert.match(said, /^4\d\d\n$/u, "inside, the proxy answers");
    // A server of another test may have been given that port, but not for good.
    await until(
      () => world.outside(knock).stdout === "000",
      () => "outside, nothing that listens",
    );
    child.stdin.end();
    await new Promise((resolve) => child.once("exit", resolve));
  });

  test("takes a rule that is added while it runs, and one that is taken away", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["curl"])) return;
    using world = new World();
    const script = `while read line; do curl -s -o /dev/null -w '%{http_code}\\n' http://added.example/; done`;
    const child = spawn(PALE, ["run", "--", "sh", "-c", script], {
      cwd: world.project,
      env: world.environment(),
    });
    const ask = async () => {
      const answer = new Promise<string>((resolve) => {
        child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
      });
      child.stdin.write("ask\n");
      return await answer;
    };
    const askUntil = async (wanted: string) => {
      for (let round = 0; round < 100; round += 1) {
        if ((await ask()) === wanted) return;
        await sleep(100);
      }
      assert.fail(`never ${wanted}`);
    };
    assert.equal(await ask(), "403");
    world.write(".config/pale/config.toml", 'allow = ["added.example"]\n');
    // Allowed, and then not to be found: this name is nobody's.
    await askUntil("502");
    world.write(".config/pale/config.toml", "# nothing\n");
    await askUntil("403");
    child.stdin.end();
    await new Promise((resolve) => child.once("exit", resolve));
  });
});
