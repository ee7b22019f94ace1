import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { test } from "node:test";
import { makeInternet, OTHER_PUBLIC, PUBLIC } from "./internet.ts";
import {
  converse,
  listen,
  openSocket,
  openTunnel,
  readAll,
  readSome,
  startRawServer,
  until,
} from "./sockets.ts";
import { type RunningProxy, startTestProxy } from "./start.ts";

/** What the server has understood of each request. */
const seen: { method: string; url: string; host: string; body: string; connection: string }[] = [];

const web = await listen(
  createServer(async (request, response) => {
    const body = await readBody(request);
    const { method = "", url = "" } = request;
    const { host = "", connection = "" } = request.headers;
    seen.push({ method, url, host, body, connection });
    response.end(`${method} ${url} ${body}`);
  }),
);
const names = { "good.test": [PUBLIC], "evil.test": [PUBLIC], "raw.test": [OTHER_PUBLIC] };

for (const [how, prefix] of [
  ["to the forward proxy", "http://good.test"],
  ["to port 80", ""],
] as const) {
  const door = prefix === "" ? "http" : "proxy";

  test(`${how}: a request gets its response`, async () => {
    const proxy = await start();
    const answer = await converse(
      proxy[door],
      `GET ${prefix}/a?b HTTP/1.1\r\nHost: good.test\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/u);
    assert.match(answer, /\r\nConnection: close\r\n/u);
    assert.match(answer, /GET \/a\?b /u);
    const [decision, ...others] = proxy.decisions;
    assert.deepEqual(others, []);
    const allowed = { verdict: "allow", rule: "good.test", address: PUBLIC };
    const time = decision?.time;
    assert.deepEqual(decision, { ...allowed, time, door, host: "good.test", port: 80 });
  });

  test(`${how}: a body of known length and a chunked one arrive`, async () => {
    const proxy = await start();
    const head = `POST ${prefix}/ HTTP/1.1\r\nHost: good.test\r\n`;
    assert.match(
      await converse(proxy[door], `${head}Content-Length: 5\r\n\r\n`, "hello"),
      /POST \/ hello/u,
    );
    const chunks = "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nHost: evil.test\r\n\r\n";
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`;
    assert.match(await converse(proxy[door], chunked), /POST \/ hello/u);
  });

  test(`${how}: every host that is not allowed is refused`, async () => {
    const internet = make();
    const proxy = await start(internet);
    const target = prefix.replace("good", "evil");
    const answer = await converse(
      proxy[door],
      `GET ${target}/ HTTP/1.1\r\nHost: evil.test\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 403 pale: evil\.test:80 is refused/u);
    assert.match(answer, /\nallow it with: pale allow evil\.test\n$/u);
    assert.equal(proxy.decisions.at(-1)?.reason, "not-listed");
    assert.deepEqual(internet.dialled, []);
  });

  test(`${how}: a second request on the connection reaches nobody`, async () => {
    const proxy = await start();
    seen.length = 0;
    const first = `GET ${prefix}/first HTTP/1.1\r\nHost: good.test\r\n\r\n`;
    const answer = await converse(
      proxy[door],
      `${first}GET /second HTTP/1.1\r\nHost: evil.test\r\n\r\n`,
    );
    assert.equal(answer.match(/HTTP\/1\.1/gu)?.length, 1);
    await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/first"],
    );
  });

  test(`${how}: a request hidden behind a body reaches nobody`, async () => {
    const proxy = await start();
    seen.length = 0;
    const hidden = "GET /hidden HTTP/1.1\r\nHost: evil.test\r\n\r\n";
    const head = `POST ${prefix}/first HTTP/1.1\r\nHost: good.test\r\n`;
    await converse(proxy[door], `${head}Content-Length: 2\r\n\r\nab${hidden}`);
    await converse(
      proxy[door],
      `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n${hidden}`,
    );
    await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual(
      seen.map(({ url, body }) => `${url} ${body}`),
      ["/first ab", "/first ab"],
    );
  });

  const bad: [what: string, rest: string, reason: string, status: number][] = [
    ["another Host", "Host: evil.test\r\n", "host-mismatch", 403],
    ["two Hosts", "Host: good.test\r\nHost: evil.test\r\n", "malformed-request", 400],
    ["no Host", "", "no-host", 400],
    ["a port in Host", "Host: good.test:8080\r\n", "host-mismatch", 403],
    [
      "a folded header",
      "Host: good.test\r\nX: a\r\n Host: evil.test\r\n",
      "malformed-request",
      400,
    ],
    ["a bare line feed", "Host: good.test\nX: a\r\n", "malformed-request", 400],
    [
      "two lengths",
      "Host: good.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
      "malformed-request",
      400,
    ],
    ["too many headers", `Host: good.test\r\n${"A: b\r\n".repeat(300)}`, "request-too-large", 431],
  ];
  for (const [what, rest, reason, status] of bad) {
    // To port 80, `Host` alone says where a request goes: another one is just another host.
    const expected = what === "another Host" && door === "http" ? "not-listed" : reason;
    test(`${how}: ${what} is refused`, async () => {
      const internet = make();
      const proxy = await start(internet);
      const answer = await converse(proxy[door], `GET ${prefix}/ HTTP/1.1\r\n${rest}\r\n`);
      assert.ok(answer.startsWith(`HTTP/1.1 ${status} pale: `), answer);
      assert.equal(proxy.decisions.at(-1)?.reason, expected);
      assert.deepEqual(internet.dialled, []);
    });
  }
}

test("HTTPS in clear, FTP and origin form are not for the forward proxy", async () => {
  const proxy = await start();
  for (const [target, status] of [
    ["https://good.test/", 501],
    ["ftp://good.test/", 501],
    ["http://good.test:443/", 403],
    ["/path", 400],
  ] as const) {
    const host = target.includes(":443") ? "good.test:443" : "good.test";
    const answer = await converse(proxy.proxy, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} pale: `), answer);
  }
});

test("a body that turns out malformed ends the exchange", async () => {
  const upstream = await startRawServer();
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  const head = "POST /x HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n";
  assert.equal(await converse(proxy.http, `${head}3\r\nabcGET /evil\r\n`), "");
  assert.equal(proxy.decisions.at(-1)?.reason, "malformed-request");
  assert.doesNotMatch(Buffer.concat(upstream.received).toString(), /evil/u);
  await until(() => upstream.connections() === 0, "the server's connection ended");
});

test("a body goes on as it comes, and the interim response comes back before it", async () => {
  const upstream = await startRawServer((socket) => {
    socket.once("data", () => socket.write("HTTP/1.1 100 Continue\r\n\r\n"));
  });
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  const client = await openSocket(proxy.http);
  client.write(
    "PUT /x HTTP/1.1\r\nHost: good.test\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n",
  );
  assert.equal(await readSome(client), "HTTP/1.1 100 Continue\r\n\r\n");
  for (const part of ["abc", "def"]) {
    client.write(part);
    await until(() => Buffer.concat(upstream.received).toString().endsWith(part), part);
  }
});

test("a client that leaves in the middle of its body takes the server's connection with it", async () => {
  const upstream = await startRawServer();
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  const client = await openSocket(proxy.http);
  client.write("PUT /x HTTP/1.1\r\nHost: good.test\r\nContent-Length: 6\r\n\r\nabc");
  await until(() => Buffer.concat(upstream.received).toString().endsWith("abc"));
  client.end();
  await until(() => upstream.connections() === 0, "the server's connection ended");
  await until(() => proxy.proxyServer.stats().connections === 0, "the client's connection ended");
});

test("a server that says nothing is a bad gateway", async () => {
  const upstream = await startRawServer((socket) => socket.once("data", () => socket.destroy()));
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  const answer = await converse(proxy.http, "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n");
  assert.match(answer, /^HTTP\/1\.1 502 pale: good\.test:80 cannot be reached/u);
});

test("a response without a length, and one that is no HTTP, come back to their end", async () => {
  for (const response of ["HTTP/1.0 200 OK\r\n\r\nto the end", "not HTTP at all"]) {
    const upstream = await startRawServer((socket) =>
      socket.once("data", () => socket.end(response)),
    );
    const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
    const answer = await converse(proxy.http, "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n");
    assert.equal(answer.replace("\r\nConnection: close", ""), response);
  }
});

test("a server that would keep the connection is not asked twice", async () => {
  const upstream = await startRawServer((socket) => {
    socket.on("end", () => socket.end());
    socket.on("data", () =>
      socket.write("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"),
    );
  });
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  const client = await openSocket(proxy.http);
  client.write("GET /1 HTTP/1.1\r\nHost: good.test\r\n\r\n");
  assert.match(await readSome(client), /\r\nConnection: close\r\n\r\n$/u);
  client.write("GET /2 HTTP/1.1\r\nHost: evil.test\r\n\r\n");
  await new Promise((done) => setTimeout(done, 50));
  assert.doesNotMatch(Buffer.concat(upstream.received).toString(), /\/2|evil/u);
  client.end();
  assert.equal((await readAll(client)).toString(), "ok");
});

test("a client that is still sending when it is refused gets to read why", async () => {
  const proxy = await start();
  const client = await openSocket(proxy.proxy);
  const head =
    "POST http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\nContent-Length: 50000000\r\n\r\n";
  client.write(head);
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  for (let count = 0; count < 12; count += 1) {
    client.write(Buffer.alloc(100_000));
    await new Promise((done) => setTimeout(done, 2));
  }
  assert.match((await readAll(client)).toString(), /allow it with: pale allow evil\.test\n$/u);
  client.end();
  await once(client, "close");
  assert.deepEqual(errors, []);
});

test("a WebSocket is switched and then carries anything both ways", async () => {
  const upstream = await startRawServer(serveEcho);
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  for (const [port, target] of [
    [proxy.http, "/ws"],
    [proxy.proxy, "http://good.test/ws"],
  ] as const) {
    const client = await openSocket(port);
    client.write(upgradeRequest(target));
    assert.match(await readSome(client), /^HTTP\/1\.1 101 Switching\r\nUpgrade: websocket/u);
    client.write(Buffer.of(0x81, 0, 1, 2, 255));
    assert.deepEqual(
      Buffer.from(await readSome(client, 5), "latin1"),
      Buffer.of(0x81, 0, 1, 2, 255),
    );
    client.end();
    assert.equal((await readAll(client)).length, 0);
  }
});

test("a WebSocket that the server does not want leaves no way for more requests", async () => {
  const upstream = await startRawServer((socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"));
  });
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:80`]: upstream.port }));
  const client = await openSocket(proxy.http);
  client.write(`${upgradeRequest("/ws")}GET /second HTTP/1.1\r\nHost: evil.test\r\n\r\n`);
  assert.match(await readSome(client), /^HTTP\/1\.1 400 No\r\n/u);
  await new Promise((done) => setTimeout(done, 30));
  assert.doesNotMatch(Buffer.concat(upstream.received).toString(), /second|evil/u);
  client.destroy();
});

test("other upgrades are not passed on", async () => {
  const proxy = await start();
  seen.length = 0;
  const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n";
  await converse(proxy.http, `GET /h2 HTTP/1.1\r\nHost: good.test\r\n${upgrade}\r\n`);
  assert.deepEqual(
    seen.map(({ url, connection }) => [url, connection]),
    [["/h2", "close"]],
  );
});

test("in a tunnel to port 80 every request is looked at too", async () => {
  const proxy = await start();
  seen.length = 0;
  const sound = await openTunnel(proxy.proxy, "good.test:80");
  sound.write(
    "GET /sound HTTP/1.1\r\nHost: good.test\r\n\r\nGET /next HTTP/1.1\r\nHost: evil.test\r\n\r\n",
  );
  assert.match((await readAll(sound)).toString(), /GET \/sound/u);
  for (const [request, reason] of [
    ["GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", "host-mismatch"],
    ["GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", "malformed-request"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "malformed-request"],
    ["\u0016\u0003\u0001", "malformed-request"],
    ["SSH-2.0-x\r\n", "malformed-request"],
  ] as const) {
    const tunnel = await openTunnel(proxy.proxy, "good.test:80");
    tunnel.write(Buffer.from(request, "latin1"));
    assert.match((await readAll(tunnel)).toString(), /^HTTP\/1\.1 40[03] pale: /u);
    assert.equal(proxy.decisions.at(-1)?.reason, reason, request);
    tunnel.destroy();
  }
  assert.deepEqual(
    seen.map(({ url }) => url),
    ["/sound"],
  );
});

function start(internet = make()): Promise<RunningProxy> {
  return startTestProxy({ internet, allow: ["good.test", "raw.test"] });
}

function make(): ReturnType<typeof makeInternet> {
  return makeInternet(names, { [`${PUBLIC}:80`]: web });
}

function upgradeRequest(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
}

/** Switches after the head, then sends everything back. */
function serveEcho(socket: Socket): void {
  socket.once("data", () => {
    socket.write("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    socket.pipe(socket);
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
