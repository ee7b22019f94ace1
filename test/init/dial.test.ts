import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { connect, createServer } from "node:net";
import { describe, test } from "node:test";
import { BASE, BLOCK, BLOCKS, PORTS } from "./inside.ts";
import { enter, openNamespaces, request, startNetwork, talk } from "./network.ts";
import { until } from "./started.ts";

const REFUSED = { code: 1, stdout: "", stderr: "" };
const NOT_ENTERED = "pale: cannot enter the sandbox's network\n";

describe("init dial", () => {
  for (const name of ["four", "any", "six"] as const) {
    test(`connects to what listens on ${name}`, async (context) => {
      const network = await startNetwork(context);
      if (!network) return;
      const { code, stdout } = await talk(network, PORTS[name], request);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^HTTP/1.1 200 OK\r\n[^]*\r\n\r\n${name}$`, "u"));
    });
  }

  test("passes everything on in both directions, and each end", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    const input = BLOCK.toString("latin1").repeat(8);
    const echoed = await talk(network, PORTS.echo, input);
    assert.equal(echoed.code, 0);
    assert.ok(echoed.stdout === input, `${echoed.stdout.length} of ${input.length}`);
    const sent = await talk(network, PORTS.source);
    assert.deepEqual([sent.code, sent.stdout.length], [0, BLOCK.length * BLOCKS]);
    assert.ok(sent.stdout.endsWith(BLOCK.toString("latin1")));
  });

  test("says by its code that nothing listens", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    assert.deepEqual(await talk(network, BASE + 19), REFUSED);
  });

  test("is not for a parent that has gone", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    const words = ["dial", "1", String(PORTS.four)];
    const { code, stdout } = await enter({ ...network, words, input: request });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
  });
});

describe("init dial leads nowhere but to the sandbox's loopback:", () => {
  test("not to another address", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    assert.deepEqual(await talk(network, PORTS.second, request), REFUSED);
    for (const port of [
      `127.0.0.2:${PORTS.second}`,
      "0",
      "65536",
      `${PORTS.four}x`,
      "-1",
      ` ${PORTS.four}`,
      "",
      "1".repeat(30),
    ]) {
      const words = ["dial", String(process.pid), port];
      assert.deepEqual(await enter({ ...network, words, input: request }), {
        code: 125,
        stdout: "",
        stderr: "pale: the init program was called in a wrong way\n",
      });
    }
    // The control: the same call with nothing but a port.
    assert.match((await talk(network, PORTS.four, request)).stdout, /^HTTP/u);
  });

  test("not to the host's loopback", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    const host = await listenOnHost(context);
    assert.deepEqual(await talk(network, host.port), REFUSED);
    const outside = openNamespaces(context, "self");
    const nothing = openSync("/dev/null", "r");
    context.after(() => closeSync(nothing));
    for (const namespaces of [
      { ...network.namespaces, network: outside.network },
      { ...network.namespaces, network: nothing },
      { ...network.namespaces, user: outside.user },
      { ...network.namespaces, user: nothing },
      { user: network.namespaces.network, network: network.namespaces.user },
    ]) {
      assert.deepEqual(await talk({ ...network, namespaces }, host.port), {
        code: 125,
        stdout: "",
        stderr: NOT_ENTERED,
      });
    }
    assert.equal(host.connections(), 0);
    // The control: somebody is there.
    await new Promise<void>((resolve) => void connect(host.port, "127.0.0.1", resolve).unref());
    await until(
      () => "the connection",
      () => host.connections() === 1,
    );
  });
});

async function listenOnHost(context: { after: (clean: () => void) => void }) {
  let count = 0;
  const server = createServer((client) => {
    count += 1;
    client.destroy();
  });
  context.after(() => server.close());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { port, connections: () => count };
}
