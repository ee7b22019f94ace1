import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { makeHello } from "./hello.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { openSocket, readAll, readSome, startRawServer } from "./sockets.ts";
import { type RunningProxy, startTestProxy } from "./start.ts";

const echo = await startRawServer((socket) => {
  socket.on("data", (bytes: Buffer) => socket.write(bytes));
});
const names = { "good.test": [PUBLIC], "lan.test": ["10.0.0.1"] };
const GRANTED = Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0);

test("a name is connected to, and what is said there is looked at", async () => {
  const proxy = await start();
  const sound = await connectTo(proxy, name("good.test"), 443);
  const hello = makeHello({ serverName: "good.test" });
  sound.write(hello);
  assert.equal(await readSome(sound, hello.length), hello.toString("latin1"));
  const fronting = await connectTo(proxy, name("good.test"), 443);
  fronting.write(makeHello({ serverName: "evil.test" }));
  assert.deepEqual(await readAll(fronting), Buffer.of(0x15, 3, 3, 0, 2, 2, 112));
  assert.equal(proxy.decisions.at(-1)?.reason, "server-name-mismatch");
});

test("on other ports anything is spoken, also at once", async () => {
  const proxy = await start();
  const socket = await openSocket(proxy.socks);
  socket.write(
    Buffer.concat([Buffer.of(5, 1, 0), request(1, name("good.test"), 22), Buffer.from("now")]),
  );
  assert.equal(await readSome(socket, 2), "\u0005\u0000");
  assert.equal(await readSome(socket, 10), GRANTED.toString("latin1"));
  assert.equal(await readSome(socket, 3), "now");
});

test("an address that a rule names is connected to", async () => {
  const proxy = await start();
  const socket = await connectTo(proxy, Buffer.of(1, 10, 0, 0, 5), 8080);
  socket.write("hello");
  assert.equal(await readSome(socket, 5), "hello");
});

const refused: [what: string, bytes: Buffer, reply: number, reason: string][] = [
  ["a name that is not listed", request(1, name("evil.test"), 443), 2, "not-listed"],
  ["another port", request(1, name("good.test"), 25), 2, "port-not-listed"],
  ["an IPv4 literal", request(1, Buffer.of(1, 93, 184, 216, 34), 443), 2, "ip-literal"],
  ["loopback", request(1, Buffer.of(1, 127, 0, 0, 1), 443), 2, "ip-literal"],
  [
    "an IPv6 literal",
    request(1, Buffer.of(4, ...Array<number>(15).fill(0), 1), 443),
    2,
    "ip-literal",
  ],
  ["a literal as a name", request(1, name("0x7f.1"), 443), 2, "ip-literal"],
  ["an empty name", request(1, name(""), 443), 2, "malformed-name"],
  ["a NUL in the name", request(1, name("good.test\0"), 443), 2, "malformed-name"],
  ["a host in the LAN", request(1, name("lan.test"), 443), 2, "not-public"],
  ["a closed port", request(1, name("good.test"), 80), 4, "unreachable"],
  ["BIND", request(2, name("good.test"), 443), 7, "unsupported"],
  ["UDP", request(3, name("good.test"), 443), 7, "unsupported"],
  ["an unknown type of address", Buffer.of(5, 1, 0, 9), 7, "unsupported"],
  ["a malformed request", Buffer.of(5, 1, 7), 1, "malformed-request"],
];

for (const [what, bytes, reply, reason] of refused) {
  test(`${what}: reply ${reply}, ${reason}`, async () => {
    const proxy = await start();
    const socket = await openSocket(proxy.socks);
    socket.write(Buffer.of(5, 1, 0));
    assert.equal(await readSome(socket, 2), "\u0005\u0000");
    socket.write(bytes);
    assert.deepEqual([...(await readAll(socket))], [5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
    socket.destroy();
    assert.equal(proxy.decisions.at(-1)?.reason, reason);
  });
}

test("a client that insists on a password, and one of version 4, are turned away", async () => {
  const proxy = await start();
  const insisting = await openSocket(proxy.socks);
  insisting.write(Buffer.of(5, 1, 2));
  assert.deepEqual([...(await readAll(insisting))], [5, 0xff]);
  const old = await openSocket(proxy.socks);
  old.write(Buffer.of(4, 1, 0, 80, 1, 2, 3, 4, 0));
  assert.equal((await readAll(old))[1], 1);
  assert.equal(proxy.decisions.at(-1)?.reason, "malformed-request");
});

function start(): Promise<RunningProxy> {
  const servers = {
    [`${PUBLIC}:443`]: echo.port,
    [`${PUBLIC}:22`]: echo.port,
    "10.0.0.5:8080": echo.port,
  };
  const allow = ["good.test", "good.test:22", "lan.test", "10.0.0.5:8080"];
  return startTestProxy({ internet: makeInternet(names, servers), allow });
}

async function connectTo(proxy: RunningProxy, host: Buffer, port: number): Promise<Socket> {
  const socket = await openSocket(proxy.socks);
  socket.write(Buffer.of(5, 2, 0, 2));
  assert.equal(await readSome(socket, 2), "\u0005\u0000");
  socket.write(request(1, host, port));
  assert.equal(await readSome(socket, 10), GRANTED.toString("latin1"));
  return socket;
}

function request(command: number, host: Buffer, port: number): Buffer {
  return Buffer.concat([Buffer.of(5, command, 0), host, Buffer.of(port >> 8, port & 0xff)]);
}

function name(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([Buffer.of(3, bytes.length), bytes]);
}
