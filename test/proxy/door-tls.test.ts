import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import { makeCertificates } from "./certificates.ts";
import { intoRecords, makeHello, makeMessage } from "./hello.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { listen, openSocket, readAll, secure, startRawServer, until } from "./sockets.ts";
import { type RunningProxy, startTestProxy } from "./start.ts";

const certificates = makeCertificates(["good.test", "a.wild.test"]);
const web = await listen(
  createServer(certificates, (request, response) => response.end(`for ${request.headers.host}`)),
);
const names = {
  "good.test": [PUBLIC],
  "a.wild.test": [PUBLIC],
  "lan.test": ["10.0.0.1"],
  "closed.test": ["93.184.216.40"],
};

for (const name of ["good.test", "a.wild.test"]) {
  test(`a client that believes to talk to ${name} does`, async () => {
    const proxy = await start();
    assert.match(await fetchDirectly(proxy, name), new RegExp(`for ${name}`, "u"));
    const { time: _time, ...decision } = proxy.decisions[0] ?? {};
    assert.deepEqual(decision, {
      door: "tls",
      host: name,
      port: 443,
      verdict: "allow",
      rule: name === "good.test" ? name : "*.wild.test",
      address: PUBLIC,
    });
  });
}

const refused: [what: string, bytes: Buffer, reason: string, alert: number][] = [
  ["a host that is not listed", makeHello({ serverName: "evil.test" }), "not-listed", 49],
  ["a denied host", makeHello({ serverName: "bad.wild.test" }), "denied-by-rule", 49],
  ["no name", makeHello(), "no-server-name", 112],
  ["an address as name", makeHello({ serverName: PUBLIC }), "ip-literal", 49],
  ["an address in hexadecimal", makeHello({ serverName: "0x7f000001" }), "ip-literal", 49],
  ["a trailing dot", makeHello({ serverName: "good.test." }), "trailing-dot", 49],
  ["a NUL in the name", makeHello({ serverName: "good.test\0.evil.test" }), "malformed-name", 49],
  ["a line end in the name", makeHello({ serverName: "good.test\r\n" }), "malformed-name", 49],
  ["a loopback name", makeHello({ serverName: "localhost" }), "loopback-name", 49],
  ["a host in the LAN", makeHello({ serverName: "lan.test" }), "not-public", 49],
  ["a host that is not there", makeHello({ serverName: "closed.test" }), "unreachable", 80],
  [
    "an encrypted hello",
    makeHello({ serverName: "good.test", extensions: [[0xfe0d, Buffer.alloc(9)]] }),
    "encrypted-client-hello",
    49,
  ],
  ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: good.test\r\n\r\n"), "not-tls", 50],
  ["SSL 2", Buffer.from("802e0100020015", "hex"), "not-tls", 50],
  ["a malformed hello", Buffer.from("1603010000", "hex"), "malformed-hello", 50],
  ["a hello of 64 KiB", Buffer.from("160301400001010000", "hex"), "malformed-hello", 50],
];

for (const [what, bytes, reason, alert] of refused) {
  test(`${what} is refused with an alert: ${reason}`, async () => {
    const proxy = await start();
    const socket = await openSocket(proxy.tls);
    socket.write(bytes);
    assert.deepEqual(await readAll(socket), Buffer.of(0x15, 3, 3, 0, 2, 2, alert));
    socket.destroy();
    assert.equal(proxy.decisions.at(-1)?.reason, reason);
    assert.match(await fetchDirectly(proxy, "good.test"), /for good\.test/u);
  });
}

test("in open mode a hidden name hides nothing, unless something is denied", async () => {
  const server = await startRawServer();
  const internet = makeInternet(names, { [`${PUBLIC}:443`]: server.port });
  const hidden = makeHello({ serverName: "good.test", extensions: [[0xfe0d, Buffer.alloc(9)]] });
  const denying = await startTestProxy({ internet, open: true, deny: ["evil.test"] });
  const refused = await openSocket(denying.tls);
  refused.write(hidden);
  assert.deepEqual(await readAll(refused), Buffer.of(0x15, 3, 3, 0, 2, 2, 49));
  const open = await startTestProxy({ internet, open: true });
  (await openSocket(open.tls)).write(hidden);
  await until(() => Buffer.concat(server.received).equals(hidden), "it arrived");
});

test("a hello in pieces arrives as it was sent, with what came behind it", async () => {
  const server = await startRawServer();
  const proxy = await start(makeInternet(names, { [`${PUBLIC}:443`]: server.port }));
  const socket = await openSocket(proxy.tls);
  const bytes = intoRecords(makeMessage({ serverName: "good.test" }), 3);
  for (const byte of bytes) socket.write(Buffer.of(byte));
  socket.end("early data");
  const expected = Buffer.concat([bytes, Buffer.from("early data")]);
  await until(() => Buffer.concat(server.received).length >= expected.length, "all arrived");
  assert.deepEqual(Buffer.concat(server.received), expected);
});

async function fetchDirectly(proxy: RunningProxy, servername: string): Promise<string> {
  const socket = await secure(await openSocket(proxy.tls), { servername, ca: certificates.ca });
  socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
  return (await readAll(socket)).toString();
}

function start(internet = makeInternet(names, { [`${PUBLIC}:443`]: web })): Promise<RunningProxy> {
  const allow = ["good.test", "*.wild.test", "lan.test", "closed.test"];
  return startTestProxy({ internet, allow, deny: ["bad.wild.test"] });
}
