import assert from "node:assert/strict";
import { test } from "node:test";
import { makeInternet, PUBLIC } from "./internet.ts";
import { openSocket, readSome, startRawServer, writeUntilStuck } from "./sockets.ts";
import { type RunningProxy, type StartOptions, startTestProxy } from "./start.ts";

test("a body that the server does not take is not piled up", { timeout: 30_000 }, async () => {
  const upstream = await startRawServer((socket) => void socket.pause());
  const proxy = await start(upstream.port);
  const client = await openSocket(proxy.http);
  client.write("PUT / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 999999999\r\n\r\n");
  assert.ok((await writeUntilStuck(client, Buffer.alloc(100_000), 64_000_000)) < 32_000_000);
  client.destroy();
});

test("interim responses that nobody reads are not piled up", { timeout: 30_000 }, async () => {
  const block = Buffer.from(`HTTP/1.1 103 Hints\r\nX: ${"x".repeat(60_000)}\r\n\r\n`);
  const taken = Promise.withResolvers<number>();
  const upstream = await startRawServer((socket) => {
    socket.once("data", () => taken.resolve(writeUntilStuck(socket, block, 64_000_000)));
  });
  const proxy = await start(upstream.port);
  const client = (await openSocket(proxy.http)).pause();
  client.write("GET / HTTP/1.1\r\nHost: good.test\r\n\r\n");
  assert.ok((await taken.promise) < 32_000_000);
  client.destroy();
});

test("events are seen as they are sent, and for as long as they are", async () => {
  const upstream = await startRawServer((socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
      let count = 0;
      const timer = setInterval(() => {
        count += 1;
        socket.write(`data: ${count}\n\n`);
        if (count === 20) socket.end();
      }, 75);
      socket.on("close", () => clearInterval(timer));
    });
  });
  // Limits on everything but an established connection are far shorter than the stream.
  const limits = { handshakeMilliseconds: 500, dialMilliseconds: 500, halfClosedMilliseconds: 500 };
  const proxy = await start(upstream.port, limits);
  const client = await openSocket(proxy.http);
  client.write("GET /events HTTP/1.1\r\nHost: good.test\r\n\r\n");
  await readSome(client);
  const arrivals: number[] = [];
  client.on("data", () => arrivals.push(Date.now()));
  await new Promise((done) => client.on("end", done));
  assert.ok(arrivals.length >= 15, `${arrivals.length} pieces`);
  client.destroy();
});

function start(port: number, limits: StartOptions["limits"] = {}): Promise<RunningProxy> {
  const internet = makeInternet({ "good.test": [PUBLIC] }, { [`${PUBLIC}:80`]: port });
  return startTestProxy({ internet, allow: ["good.test"], limits });
}
