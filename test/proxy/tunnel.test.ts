import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { makeInternet, PUBLIC } from "./internet.ts";
import {
  openSocket,
  openTunnel,
  readAll,
  startRawServer,
  until,
  writeUntilStuck,
} from "./sockets.ts";
import { type RunningProxy, type StartOptions, startTestProxy } from "./start.ts";

const MEGABYTE = 1_048_576;

test("either side may finish first, and still hears the other to its end", async () => {
  const late = await startRawServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on("data", (bytes: Buffer) => chunks.push(bytes));
    socket.on("end", () => setTimeout(() => socket.end(`after ${chunks.join("")}`), 30));
  });
  const one = await openTunnel((await start(late.port)).proxy, "good.test:9000");
  one.end("all of it");
  assert.equal((await readAll(one)).toString(), "after all of it");

  const early = await startRawServer((socket) => socket.end("goodbye"));
  const two = await openTunnel((await start(early.port)).proxy, "good.test:9000");
  assert.equal((await readAll(two)).toString(), "goodbye");
  two.end("still here");
  await until(() => Buffer.concat(early.received).toString() === "still here", "it arrived");
});

test("when a side breaks, the other is told, and nothing stays behind", async () => {
  const sockets: Socket[] = [];
  const server = await startRawServer((socket) => sockets.push(socket));
  const proxy = await start(server.port);
  const first = await openTunnel(proxy.proxy, "good.test:9000");
  await until(() => sockets.length === 1);
  sockets[0]?.resetAndDestroy();
  const [error] = (await once(first, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
  const second = await openTunnel(proxy.proxy, "good.test:9000");
  await until(() => sockets.length === 2);
  second.resetAndDestroy();
  await until(() => server.connections() === 0, "the server's end closed");
  await until(() => proxy.proxyServer.stats().connections === 0, "the proxy's end closed");
});

test("a slow client is not buffered for, however fast the server is", async () => {
  const total = 256 * MEGABYTE;
  let sent = 0;
  const server = await startRawServer((socket) => {
    const block = Buffer.alloc(MEGABYTE);
    const send = (): void => {
      while (sent < total) {
        sent += block.length;
        if (!socket.write(block)) return;
      }
      socket.end();
    };
    socket.on("drain", send);
    send();
  });
  const proxy = await start(server.port);
  const client = await openTunnel(proxy.proxy, "good.test:9000");
  client.pause();
  await new Promise((done) => setTimeout(done, 300));
  assert.ok(sent < 32 * MEGABYTE, `${sent} bytes were taken while nobody read`);
  let received = 0;
  client.on("data", (bytes: Buffer) => (received += bytes.length)).resume();
  await once(client, "end");
  assert.equal(received, total);
});

test("a slow server is not buffered for, however fast the client is", async () => {
  const upstream: Socket[] = [];
  const server = await startRawServer((socket) => upstream.push(socket.pause()));
  const proxy = await start(server.port);
  const client = await openTunnel(proxy.proxy, "good.test:9000");
  const block = Buffer.alloc(MEGABYTE, "x");
  const sent = await writeUntilStuck(client, block, 64 * MEGABYTE);
  assert.ok(sent < 32 * MEGABYTE, `${sent} bytes were taken while nobody read`);
  upstream[0]?.resume();
  client.end();
  await until(() => {
    return server.received.reduce((size, bytes) => size + bytes.length, 0) === sent + MEGABYTE;
  }, "everything arrived");
});

test("500 connections at once lose nothing", async () => {
  const server = await startRawServer((socket) => socket.pipe(socket));
  const proxy = await start(server.port);
  const answers = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const tunnel = await openTunnel(proxy.proxy, "good.test:9000");
      const message = Buffer.alloc(20_000, `client ${index} `);
      tunnel.end(message);
      return (await readAll(tunnel)).equals(message);
    }),
  );
  assert.equal(answers.filter(Boolean).length, 500);
  await until(() => proxy.proxyServer.stats().connections === 0, "all closed");
  assert.deepEqual(proxy.faults, []);
  assert.equal(proxy.decisions.filter(({ verdict }) => verdict === "allow").length, 500);
});

test("an idle tunnel outlives every limit; a half-closed one does not", async () => {
  const sockets: Socket[] = [];
  const server = await startRawServer((socket) => sockets.push(socket));
  const limits = { handshakeMilliseconds: 400, dialMilliseconds: 400, halfClosedMilliseconds: 400 };
  const proxy = await start(server.port, { limits });
  const idle = await openTunnel(proxy.proxy, "good.test:9000");
  await new Promise((done) => setTimeout(done, 1500));
  idle.write("still here");
  await until(() => Buffer.concat(server.received).toString() === "still here", "it arrived");
  // The server keeps its side open for good.
  idle.end();
  await once(idle, "close");
  await until(() => proxy.proxyServer.stats().connections === 0, "the tunnel ended");
});

test("a client that does not say what it wants is let go", async () => {
  const server = await startRawServer();
  const proxy = await start(server.port, { limits: { handshakeMilliseconds: 500 } });
  for (const [port, beginning] of [
    [proxy.proxy, "GET http://good.test/ HTTP/1.1\r\nHost: "],
    [proxy.http, "GET / HT"],
    [proxy.socks, "\u0005"],
    [proxy.tls, "\u0016\u0003\u0001"],
    [proxy.proxy, ""],
  ] as const) {
    const socket = await openSocket(port);
    const drip = setInterval(() => socket.write(beginning.slice(0, 1)), 120);
    socket.write(Buffer.from(beginning, "latin1"));
    const answer = (await readAll(socket)).toString("latin1");
    clearInterval(drip);
    socket.destroy();
    if (port === proxy.proxy || port === proxy.http) assert.match(answer, /^HTTP\/1\.1 408 pale/u);
    assert.equal(proxy.decisions.at(-1)?.reason, "handshake-timeout");
  }
  const tunnel = await openTunnel(proxy.proxy, "good.test:443");
  assert.equal((await readAll(tunnel)).length, 7, "an alert");
  tunnel.destroy();
  await until(() => server.connections() === 0, "the server's connection ended");
});

test("only so many connections are taken, and a place that is left is given again", async () => {
  const server = await startRawServer((socket) => socket.pipe(socket));
  const proxy = await start(server.port, { limits: { connections: 3 } });
  const tunnels = await Promise.all([1, 2, 3].map(() => openTunnel(proxy.proxy, "good.test:9000")));
  const fourth = await openSocket(proxy.proxy);
  assert.match((await readAll(fourth)).toString(), /^HTTP\/1\.1 503 pale: .*too many connections/u);
  assert.equal(proxy.decisions.at(-1)?.reason, "too-many-connections");
  assert.deepEqual(proxy.proxyServer.stats(), { connections: 3, handshakes: 0, accepted: 4 });
  tunnels[0]?.destroy();
  await until(() => proxy.proxyServer.stats().connections === 2, "a place is free");
  const fifth = await openTunnel(proxy.proxy, "good.test:9000");
  fifth.end("hello");
  assert.equal((await readAll(fifth)).toString(), "hello");
});

test("clients that say nothing do not take the places of those that do", async () => {
  const server = await startRawServer((socket) => socket.pipe(socket));
  const proxy = await start(server.port, {
    limits: { handshakes: 2, handshakeMilliseconds: 2000 },
  });
  const tunnel = await openTunnel(proxy.proxy, "good.test:9000");
  const silent = await Promise.all([openSocket(proxy.tls), openSocket(proxy.http)]);
  await until(() => proxy.proxyServer.stats().handshakes === 2);
  assert.deepEqual(await readAll(await openSocket(proxy.tls)), Buffer.of(0x15, 3, 3, 0, 2, 2, 49));
  tunnel.end("hello");
  assert.equal((await readAll(tunnel)).toString(), "hello");
  await Promise.all(silent.map((socket) => readAll(socket)));
  for (const socket of silent) socket.destroy();
  await until(() => proxy.proxyServer.stats().connections === 0, "all are gone");
  await openTunnel(proxy.proxy, "good.test:9000");
});

test("closing ends every connection and gives the ports back", async () => {
  const server = await startRawServer();
  const proxy = await start(server.port);
  const tunnel = await openTunnel(proxy.proxy, "good.test:9000");
  const waiting = await openSocket(proxy.tls);
  const ended = [tunnel, waiting].map((socket) => readAll(socket));
  await proxy.proxyServer.close();
  await Promise.all(ended);
  await until(() => server.connections() === 0, "the server's connection ended");
  await assert.rejects(openSocket(proxy.proxy), { code: "ECONNREFUSED" });
});

function start(port: number, options: Partial<StartOptions> = {}): Promise<RunningProxy> {
  const servers = { [`${PUBLIC}:9000`]: port, [`${PUBLIC}:443`]: port };
  const internet = makeInternet({ "good.test": [PUBLIC] }, servers);
  return startTestProxy({ internet, allow: ["good.test", "good.test:9000"], ...options });
}
