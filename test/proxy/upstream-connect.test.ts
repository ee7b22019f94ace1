import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUpstream, type UpstreamProxies } from "../../src/proxy/upstream.ts";
import { makeHello } from "./hello.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import {
  converse,
  openSocket,
  openTunnel,
  readAll,
  readSome,
  startRawServer,
  until,
} from "./sockets.ts";
import { type RunningProxy, startTestProxy } from "./start.ts";

const CONNECT = "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n";
const CREDENTIALS = `Proxy-Authorization: Basic ${btoa("user:secret")}\r\n`;

test("a tunnel goes through the upstream proxy, which is sent the name", async () => {
  const corporate = await startCorporateProxy("HTTP/1.1 200 OK\r\nX: y\r\n\r\n");
  const { proxy, internet } = await start(corporate.port);
  const tunnel = await openTunnel(proxy.proxy, "good.test:443");
  const hello = makeHello({ serverName: "good.test" });
  tunnel.write(hello);
  assert.equal(await readSome(tunnel, hello.length), hello.toString("latin1"));
  assert.ok(corporate.text().startsWith(`${CONNECT}${CREDENTIALS}\r\n`));
  // Only to see that it is nobody's here: the proxy resolves it again.
  assert.deepEqual(internet.resolved, ["good.test"]);
  assert.deepEqual(internet.dialled, ["10.1.1.1:3128"]);
  assert.equal(proxy.decisions[0]?.address, "via 10.1.1.1:3128");
});

test("what is not allowed does not get to the upstream proxy, nor does fronting", async () => {
  const corporate = await startCorporateProxy("HTTP/1.1 200 OK\r\n\r\n");
  const { proxy } = await start(corporate.port);
  assert.match(
    await converse(proxy.proxy, "CONNECT evil.test:443 HTTP/1.1\r\n\r\n"),
    /^HTTP\/1\.1 403/u,
  );
  assert.match(
    await converse(proxy.proxy, "CONNECT 10.1.1.1:3128 HTTP/1.1\r\n\r\n"),
    /^HTTP\/1\.1 403/u,
  );
  assert.equal(corporate.text(), "");
  const tunnel = await openTunnel(proxy.proxy, "good.test:443");
  tunnel.write(makeHello({ serverName: "evil.test" }));
  assert.deepEqual(await readAll(tunnel), Buffer.of(0x15, 3, 3, 0, 2, 2, 112));
  assert.ok(!corporate.text().includes("evil"));
});

test("an upstream proxy that refuses is a bad gateway", async () => {
  for (const answer of ["HTTP/1.1 407 Who are you\r\n\r\n", "nonsense", ""]) {
    const corporate = await startCorporateProxy(answer);
    const { proxy } = await start(corporate.port);
    const refusal = await converse(proxy.proxy, "CONNECT good.test:443 HTTP/1.1\r\n\r\n");
    assert.match(
      refusal,
      /^HTTP\/1\.1 502 pale: .*upstream proxy did not connect \(via 10\.1\.1\.1/u,
    );
    await until(() => corporate.connections() === 0, "its connection ended");
  }
});

test("a plain request goes to the upstream proxy in absolute form", async () => {
  const corporate = await startCorporateProxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const { proxy } = await start(corporate.port);
  for (const [port, target] of [
    [proxy.proxy, "http://good.test/a?b"],
    [proxy.http, "/a?b"],
  ] as const) {
    corporate.received.length = 0;
    const answer = await converse(
      port,
      `GET ${target} HTTP/1.1\r\nHost: good.test\r\nProxy-Authorization: mine\r\n\r\n`,
    );
    assert.match(answer, /\r\n\r\nok$/u);
    const request =
      "GET http://good.test:80/a?b HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n";
    assert.equal(corporate.text(), `${request}${CREDENTIALS}\r\n`);
  }
});

test("a WebSocket goes through the upstream proxy in a tunnel", async () => {
  const corporate = await startCorporateProxy("HTTP/1.1 200 OK\r\n\r\n");
  const { proxy } = await start(corporate.port);
  const client = await openSocket(proxy.http);
  const upgrade = "Host: good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  client.write(`GET /ws HTTP/1.1\r\n${upgrade}`);
  await until(() => corporate.text().includes("/ws"), "the request arrived");
  const connect = CONNECT.replaceAll(":443", ":80");
  assert.equal(corporate.text(), `${connect}${CREDENTIALS}\r\nGET /ws HTTP/1.1\r\n${upgrade}`);
  client.destroy();
});

test("what NO_PROXY names is resolved, vetted and dialled from here", async () => {
  const corporate = await startCorporateProxy("HTTP/1.1 200 OK\r\n\r\n");
  const { proxy, internet } = await start(corporate.port, "good.test lan.test");
  await openTunnel(proxy.proxy, "good.test:443");
  assert.deepEqual(internet.dialled, [`${PUBLIC}:443`]);
  assert.match(
    await converse(proxy.proxy, "CONNECT lan.test:443 HTTP/1.1\r\n\r\n"),
    /10\.0\.0\.1, private/u,
  );
});

test("a private address that a rule names is dialled from here", async () => {
  const corporate = await startCorporateProxy("HTTP/1.1 200 OK\r\n\r\n");
  const { proxy, internet } = await start(corporate.port);
  await openTunnel(proxy.proxy, "10.0.0.5:8080");
  assert.deepEqual(internet.dialled, ["10.0.0.5:8080"]);
});

/** Answers the first bytes of each connection, then sends everything back. */
async function startCorporateProxy(
  answer: string,
): Promise<Awaited<ReturnType<typeof startRawServer>> & { text: () => string }> {
  const server = await startRawServer((socket) => {
    socket.once("data", () => {
      if (answer === "" || !answer.includes(" 200 ")) socket.end(answer);
      else if (answer.endsWith("ok")) socket.end(answer);
      else {
        socket.write(answer);
        socket.pipe(socket);
      }
    });
  });
  return { ...server, text: () => Buffer.concat(server.received).toString("latin1") };
}

async function start(
  corporate: number,
  noProxy?: string,
): Promise<{ proxy: RunningProxy; internet: ReturnType<typeof makeInternet> }> {
  const direct = await startRawServer((socket) => socket.pipe(socket));
  const internet = makeInternet(
    { "good.test": [PUBLIC], "lan.test": ["10.0.0.1"] },
    { "10.1.1.1:3128": corporate, [`${PUBLIC}:443`]: direct.port, "10.0.0.5:8080": direct.port },
  );
  const allow = ["good.test", "lan.test", "10.0.0.5:8080"];
  const proxy = await startTestProxy({ internet, allow, upstream: makeUpstream(noProxy) });
  return { proxy, internet };
}

function makeUpstream(noProxy: string | undefined): UpstreamProxies {
  const value = "http://user:secret@10.1.1.1:3128";
  const { upstream, problems } = parseUpstream({ httpsProxy: value, httpProxy: value, noProxy });
  assert.deepEqual(problems, []);
  return upstream;
}
