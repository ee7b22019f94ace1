import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { makeQuery, readAnswer } from "./dns-messages.ts";
import { makeInternet } from "./internet.ts";
import { openSocket, readAll, readSome, until, writeUntilStuck } from "./sockets.ts";
import { type RunningProxy, startTestProxy } from "./start.ts";

const [A, AAAA, PTR, TXT, HTTPS, ANY] = [1, 28, 12, 16, 65, 255];
const LOOPBACK = { code: 0, addresses: ["127.0.0.1"] };
const NOTHING = { code: 0, addresses: [] };
const NO_SUCH_NAME = { code: 3, addresses: [] };

const answers: [name: string, type: number, expected: object][] = [
  ["good.test", A, LOOPBACK],
  ["GOOD.Test", A, LOOPBACK],
  ["good.test", ANY, LOOPBACK],
  ["a.b.wild.test", A, LOOPBACK],
  ["ported.test", A, LOOPBACK],
  ["good.test", AAAA, NOTHING],
  ["good.test", HTTPS, NOTHING],
  ["good.test", TXT, NOTHING],
  ["localhost", A, LOOPBACK],
  ["app.localhost", A, LOOPBACK],
  ["localhost", AAAA, { code: 0, addresses: ["00000000000000000000000000000001"] }],
  ["evil.test", A, NO_SUCH_NAME],
  ["evil.test", AAAA, NO_SUCH_NAME],
  ["evil.test", TXT, NO_SUCH_NAME],
  ["bad.wild.test", A, NO_SUCH_NAME],
  ["sub.good.test", A, NO_SUCH_NAME],
  ["c2VjcmV0.exfiltration.test", A, NO_SUCH_NAME],
  ["127.0.0.1", A, NO_SUCH_NAME],
  ["1.0.0.127.in-addr.arpa", PTR, NO_SUCH_NAME],
  ["", A, NO_SUCH_NAME],
  ["nul\0.test", A, NO_SUCH_NAME],
];

for (const [name, type, expected] of answers) {
  test(`${JSON.stringify(name)}, type ${type}, over UDP and TCP`, async () => {
    const proxy = await start();
    for (const ask of [askDatagram, askStream]) {
      const { code, addresses } = readAnswer(await ask(proxy, makeQuery(name, type)));
      assert.deepEqual({ code, addresses }, expected);
    }
  });
}

test("nothing is ever asked of anybody", async () => {
  const internet = makeInternet({ "good.test": ["93.184.216.34"] }, {});
  const proxy = await start(internet);
  for (const name of ["good.test", "evil.test"]) await askDatagram(proxy, makeQuery(name));
  assert.deepEqual([...internet.resolved, ...internet.dialled], []);
});

test("what is refused is in the log and says why; what is allowed is not yet anything", async () => {
  const proxy = await start();
  await askDatagram(proxy, makeQuery("good.test"));
  await askDatagram(proxy, makeQuery("1.0.0.127.in-addr.arpa", PTR));
  const answer = readAnswer(await askDatagram(proxy, makeQuery("Evil.test", A, { edns: true })));
  assert.equal(answer.text, "Evil.test is refused: this host is not on the list of allowed hosts");
  const [{ time: _time, ...decision }, ...others] = proxy.decisions as [
    (typeof proxy.decisions)[0],
  ];
  assert.deepEqual(others, []);
  assert.deepEqual(decision, {
    door: "dns",
    host: "evil.test",
    port: undefined,
    verdict: "deny",
    reason: "not-listed",
  });
});

test("rules that change hold for the next question", async () => {
  const proxy = await start();
  assert.equal(readAnswer(await askDatagram(proxy, makeQuery("evil.test"))).code, 3);
  proxy.rules.open = true;
  assert.equal(readAnswer(await askDatagram(proxy, makeQuery("evil.test"))).code, 0);
});

test("what is no question is not answered, or with an error, and the next one is", async () => {
  const proxy = await start();
  const socket = createSocket("udp4");
  const received: Buffer[] = [];
  socket.on("message", (bytes) => received.push(bytes));
  const response = makeQuery("good.test");
  response[2] = 0x80;
  const update = makeQuery("good.test", A, { id: 8 });
  update[2] = 0x28;
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.of(1, 2, 3),
    response,
    update,
    makeQuery("good.test"),
  ]) {
    socket.send(bytes, proxy.dnsUdp, "127.0.0.1");
  }
  await until(() => received.length >= 2, "two answers");
  assert.deepEqual(
    received.map((bytes) => [readId(bytes), (bytes[3] ?? 0) & 15]),
    [
      [8, 4],
      [7, 0],
    ],
  );
  socket.close();
});

test("a stream carries several questions, in pieces and together", async () => {
  const proxy = await start();
  const socket = await openSocket(proxy.dnsTcp);
  const frames = [1, 2, 3].map((id) => frame(makeQuery("good.test", A, { id })));
  const bytes = Buffer.concat(frames);
  for (const byte of bytes.subarray(0, 40)) socket.write(Buffer.of(byte));
  socket.write(bytes.subarray(40));
  for (const id of [1, 2, 3]) {
    const length = Buffer.from(await readSome(socket, 2), "latin1").readUInt16BE(0);
    assert.equal(readId(Buffer.from(await readSome(socket, length), "latin1")), id);
  }
  socket.end();
  assert.equal((await readAll(socket)).length, 0);
});

test("answers that nobody reads are not piled up", { timeout: 30_000 }, async () => {
  const proxy = await start();
  const socket = (await openSocket(proxy.dnsTcp)).pause();
  const name = "refused.".repeat(30).concat("test");
  const block = Buffer.concat(Array<Buffer>(400).fill(frame(makeQuery(name, A, { edns: true }))));
  const sent = await writeUntilStuck(socket, block, 40_000_000);
  assert.ok(sent < 32_000_000, `${sent} bytes of questions were taken`);
  socket.destroy();
});

test("a stream that falls silent is closed", async () => {
  const proxy = await start(undefined, { handshakeMilliseconds: 30 });
  const socket = await openSocket(proxy.dnsTcp);
  socket.write(Buffer.of(0, 50, 1));
  assert.equal((await readAll(socket)).length, 0);
});

function start(
  internet = makeInternet({}, {}),
  limits: Parameters<typeof startTestProxy>[0]["limits"] = {},
): Promise<RunningProxy> {
  const allow = ["good.test", "*.wild.test", "ported.test:8443"];
  return startTestProxy({ internet, allow, deny: ["bad.wild.test"], limits });
}

async function askDatagram(proxy: RunningProxy, query: Buffer): Promise<Buffer> {
  const socket = createSocket("udp4");
  socket.send(query, proxy.dnsUdp, "127.0.0.1");
  const [answer] = (await once(socket, "message")) as [Buffer];
  socket.close();
  return answer;
}

async function askStream(proxy: RunningProxy, query: Buffer): Promise<Buffer> {
  const socket = await openSocket(proxy.dnsTcp);
  socket.end(frame(query));
  const answer = await readAll(socket);
  assert.equal(answer.readUInt16BE(0), answer.length - 2);
  return answer.subarray(2);
}

function frame(query: Buffer): Buffer {
  return Buffer.concat([Buffer.of(query.length >> 8, query.length & 0xff), query]);
}

function readId(bytes: Buffer): number {
  return bytes.readUInt16BE(0);
}
