import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { about, CLIENTS, type Client, RUNTIME, WEBSOCKET_CLIENT } from "../internet/clients.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";

const requireInternet = useInternet();
const SHOW_RUNTIME = ["--ro", RUNTIME];

describe("a filtered network", () => {
  for (const client of CLIENTS) {
    test(`${client.name}: allowed hosts answer, others are refused with the reason`, (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      using world = new ConnectedWorld(internet);
      world.write("work/project/websocket.py", WEBSOCKET_CLIENT);
      checkAllowed(world, client, "web.test");
      const before = countTraces(internet);
      checkRefused(world, client);
      assert.equal(countTraces(internet), before, "something left the sandbox");
      checkAllowed(world, client, "other.test");
      assert.notEqual(countTraces(internet), before);
    });
  }

  test("curl by HTTP/2", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    for (const script of ["curl -sS --http2", "curl -sS --http2 --noproxy '*'"]) {
      const { stdout, stderr } = world.online(`${script} https://h2.test/a`, [
        "--allow",
        "h2.test",
      ]);
      assert.equal(stdout, "HTTP/2.0 /a\n", stderr);
    }
  });
});

function checkAllowed(world: ConnectedWorld, client: Client, host: string): void {
  const outcome = world.online(client.script(host), ["--allow", host, ...SHOW_RUNTIME]);
  assert.match(outcome.stdout, about(client.answer, host), outcome.stderr);
}

function checkRefused(world: ConnectedWorld, client: Client): void {
  const host = "other.test";
  const outcome = world.online(client.script(host), ["--allow", "web.test", ...SHOW_RUNTIME]);
  assert.notEqual(outcome.status, 0);
  assert.match(outcome.stdout + outcome.stderr, about(client.refused, host));
  const [refusal = ""] = world.refusals();
  assert.match(refusal, about(/^HOST(?::\d+)? not-listed$/u, host));
  if (client.port) assert.equal(refusal, `${host}:${client.port} not-listed`);
}

/** Requests to the host, and questions about its name, that the internet has seen. */
function countTraces(internet: Internet): number {
  const names = [...internet.requests(), ...internet.queries().map(({ name }) => ({ host: name }))];
  return names.filter(({ host }) => /^other\.test/iu.test(host)).length;
}
