import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import * as fc from "fast-check";
import { makeQuery } from "./dns-messages.ts";
import { makeHello } from "./hello.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { openSocket, openTunnel, readAll, startRawServer, until } from "./sockets.ts";
import { startTestProxy } from "./start.ts";

/** What comes back of the bytes; nothing where there is no tunnel. */
async function attemptTunnel(proxy: number, bytes: Buffer): Promise<Buffer> {
  try {
    const tunnel = await openTunnel(proxy, "good.test:443");
    tunnel.end(bytes);
    return await readAll(tunnel);
  } catch {
    return Buffer.alloc(0);
  }
}

const DOORS = ["proxy", "socks", "tls", "http", "dnsTcp"] as const;

const beginnings = fc.constantFrom<Buffer>(
  Buffer.alloc(0),
  Buffer.from("GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n"),
  Buffer.from("POST / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n"),
  Buffer.from("CONNECT good.test:443 HTTP/1.1\r\n\r\n"),
  Buffer.from("CONNECT good.test:80 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: "),
  Buffer.of(5, 1, 0, 5, 1, 0, 3, 9),
  makeHello({ serverName: "good.test" }),
  makeHello({ serverName: "good.test" }).subarray(0, 40),
  makeQuery("good.test"),
);

test(
  "no noise at any door stops the proxy or is taken for a fault",
  { timeout: 60_000 },
  async () => {
    const server = await startRawServer((socket) => socket.pipe(socket));
    const servers = { [`${PUBLIC}:443`]: server.port, [`${PUBLIC}:80`]: server.port };
    const internet = makeInternet({ "good.test": [PUBLIC] }, servers);
    const limits = { handshakeMilliseconds: 30, halfClosedMilliseconds: 30 };
    const proxy = await startTestProxy({ internet, allow: ["good.test", "good.test:9"], limits });
    const datagrams = createSocket("udp4");

    const noise = fc.tuple(
      beginnings,
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
    );
    const ending = fc.constantFrom("end" as const, "destroy" as const, "resetAndDestroy" as const);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...DOORS),
        noise,
        ending,
        async (door, [head, parts], ending) => {
          const bytes = Buffer.concat([head, ...parts]);
          datagrams.send(bytes, proxy.dnsUdp, "127.0.0.1");
          const socket = await openSocket(proxy[door]);
          socket.write(head);
          for (const part of parts) socket.write(part);
          if (ending !== "end") {
            socket[ending]();
            return;
          }
          socket.end();
          await readAll(socket);
          socket.destroy();
        },
      ),
      { numRuns: 300 },
    );
    datagrams.close();

    await until(() => proxy.proxyServer.stats().connections === 0, "every connection ended");
    await until(() => server.connections() === 0, "every server's connection ended");
    assert.deepEqual(proxy.faults, []);
    assert.ok(proxy.proxyServer.stats().accepted >= 300);
    const hello = makeHello({ serverName: "good.test" });
    let answer: Buffer = Buffer.alloc(0);
    // With limits as short as these, one attempt may be too slow.
    for (let attempt = 0; attempt < 100 && !answer.equals(hello); attempt += 1) {
      answer = await attemptTunnel(proxy.proxy, hello);
    }
    assert.deepEqual(answer, hello);
  },
);
