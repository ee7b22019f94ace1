import assert from "node:assert/strict";
import { createServer } from "node:https";
import { isIP } from "node:net";
import { test } from "node:test";
import { makeCertificates } from "./certificates.ts";
import { intoRecords, makeHello, makeMessage } from "./hello.ts";
import { makeInternet, OTHER_PUBLIC, PUBLIC, PUBLIC_SIX } from "./internet.ts";
import {
  converse,
  listen,
  openSocket,
  openTunnel,
  readAll,
  readSome,
  secure,
  startRawServer,
  until,
} from "./sockets.ts";
import { type RunningProxy, startTestProxy } from "./start.ts";

const certificates = makeCertificates(["good.test", "evil.test", "a.wild.test"]);
const { ca } = certificates;
const web = await listen(
  createServer(certificates, (request, response) => response.end(`for ${request.headers.host}`)),
);
const raw = await startRawServer((socket) => {
  socket.on("data", (bytes: Buffer) => socket.write(`got ${bytes.toString("latin1")}`));
});
const speaker = await startRawServer((socket) => {
  socket.write("SSH-2.0-test\r\n");
  socket.on("data", (bytes: Buffer) => socket.write(`got ${bytes.toString("latin1")}`));
});

const servers = {
  [`${PUBLIC}:443`]: web,
  [`${PUBLIC}:22`]: speaker.port,
  [`${PUBLIC}:8443`]: raw.port,
  [`${OTHER_PUBLIC}:443`]: raw.port,
};

const names = {
  "good.test": [PUBLIC],
  "evil.test": [PUBLIC],
  "a.wild.test": [PUBLIC],
  "raw.test": [OTHER_PUBLIC],
  "alternating.test": alternate([PUBLIC], ["10.0.0.1"]),
  "lan.test": ["10.0.0.1"],
  "mixed.test": ["10.0.0.1", PUBLIC],
  "metadata.test": ["169.254.169.254"],
  "azure.test": ["168.63.129.16"],
  "loopback.test": ["127.0.0.1", "::1"],
  "nat.test": ["64:ff9b::10.0.0.1"],
  "mapped.test": ["::ffff:127.0.0.1"],
  "garbage.test": ["not an address", "fe80::1%eth0"],
  "own.test": ["93.184.216.99"],
  "fallback.test": [PUBLIC_SIX, OTHER_PUBLIC, PUBLIC],
  "closed.test": [PUBLIC_SIX, "93.184.216.40"],
  "empty.test": [],
};

const allow = Object.keys(names).filter((name) => name !== "evil.test");
const make = (): ReturnType<typeof makeInternet> => makeInternet(names, servers);

test("a client speaks TLS with the server itself, and the decision is in the log", async () => {
  const proxy = await start();
  assert.equal(await fetchThrough(proxy, "good.test"), "for good.test");
  const [decision, ...others] = proxy.decisions;
  assert.deepEqual(others, []);
  const { time = "", ...rest } = decision ?? {};
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
  const allowed = { door: "proxy", verdict: "allow", rule: "good.test", address: PUBLIC };
  assert.deepEqual(rest, { ...allowed, host: "good.test", port: 443 });
});

const refused: [authority: string, reason: string][] = [
  ["evil.test:443", "not-listed"],
  ["good.test:25", "port-not-listed"],
  ["good.test.:443", "trailing-dot"],
  ["a.b.evil.test:443", "not-listed"],
  ["93.184.216.34:443", "ip-literal"],
  ["[2606:2800:220:1::1]:443", "ip-literal"],
  ["127.0.0.1:443", "ip-literal"],
  ["127.1:443", "ip-literal"],
  ["2130706433:443", "ip-literal"],
  ["0x7f000001:443", "ip-literal"],
  ["0177.0.0.1:443", "ip-literal"],
  ["[::ffff:127.0.0.1]:443", "ip-literal"],
  ["[64:ff9b::7f00:1]:443", "ip-literal"],
  ["[2002:7f00:1::]:443", "ip-literal"],
  ["localhost:443", "loopback-name"],
  ["app.localhost:443", "loopback-name"],
  ["lan.test:443", "not-public"],
  ["metadata.test:443", "not-public"],
  ["azure.test:443", "not-public"],
  ["loopback.test:443", "not-public"],
  ["nat.test:443", "not-public"],
  ["mapped.test:443", "not-public"],
  ["own.test:443", "not-public"],
];

for (const [authority, reason] of refused) {
  test(`CONNECT ${authority} is refused: ${reason}`, async () => {
    const internet = make();
    const proxy = await start({ internet });
    const answer = await connectTo(proxy, authority);
    assert.match(answer, /^HTTP\/1\.1 403 pale: /u);
    assert.match(answer, /\r\nVia: 1\.1 pale\r\nProxy-Status: pale; error=http_request_denied;/u);
    assert.deepEqual(lastDecision(proxy), { verdict: "deny", reason });
    assert.deepEqual(internet.dialled, []);
    assert.equal(await fetchThrough(proxy, "good.test"), "for good.test");
  });
}

test("a refusal says what was refused, why, and how to allow it", async () => {
  const proxy = await start();
  const answer = await connectTo(proxy, "evil.test:443");
  const reason = "evil.test:443 is refused: this host is not on the list of allowed hosts";
  assert.ok(answer.startsWith(`HTTP/1.1 403 pale: ${reason} (pale allow evil.test)\r\n`), answer);
  assert.ok(answer.endsWith(`\r\n\r\npale: ${reason}\nallow it with: pale allow evil.test\n`));
});

test("a refusal is JSON for who asks for it", async () => {
  const proxy = await start();
  const answer = await connectTo(proxy, "good.test:25", "Accept: application/json\r\n");
  assert.match(answer, /\r\nContent-Type: application\/json\r\n/u);
  assert.deepEqual(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))), {
    error: {
      by: "pale",
      reason: "port-not-listed",
      host: "good.test",
      port: 25,
      message: "good.test:25 is refused: this host is allowed on other ports only",
      allow: "good.test:25",
      command: "pale allow good.test:25",
    },
  });
});

test("a deny rule beats an allow rule", async () => {
  const proxy = await start({ allow: ["*.wild.test"], deny: ["a.wild.test"] });
  assert.match(await connectTo(proxy, "a.wild.test:443"), /403 .*a deny rule names it/u);
  assert.equal(lastDecision(proxy).reason, "denied-by-rule");
  proxy.rules.deny = [];
  assert.equal(await fetchThrough(proxy, "a.wild.test"), "for a.wild.test");
});

test("rules that change hold for the next connection", async () => {
  const proxy = await start({ allow: [] });
  assert.match(await connectTo(proxy, "good.test:443"), /^HTTP\/1\.1 403 /u);
  Object.assign(proxy.rules, (await start()).rules);
  assert.equal(await fetchThrough(proxy, "good.test"), "for good.test");
});

test("a private address is dialled when a rule names it", async () => {
  const internet = makeInternet(names, { "10.0.0.1:443": web, "127.0.0.1:3000": speaker.port });
  const proxy = await start({ internet, allow: ["lan.test", "10.0.0.1", "localhost:3000"] });
  assert.equal(await fetchThrough(proxy, "good.test", "lan.test:443"), "for good.test");
  assert.equal(await fetchThrough(proxy, "good.test", "10.0.0.1:443"), "for good.test");
  const tunnel = await openTunnel(proxy.proxy, "localhost:3000");
  assert.equal(await readSome(tunnel, 14), "SSH-2.0-test\r\n");
  assert.deepEqual(internet.dialled, ["10.0.0.1:443", "10.0.0.1:443", "127.0.0.1:3000"]);
  assert.match(await connectTo(proxy, "localhost:3001"), /^HTTP\/1\.1 403 /u);
});

test("a denied address is not dialled, though its name is allowed", async () => {
  const proxy = await start({ deny: [PUBLIC] });
  assert.match(await connectTo(proxy, "good.test:443"), /^HTTP\/1\.1 403 .*a deny rule names it/u);
  const { reason, verdict } = lastDecision(proxy);
  assert.deepEqual({ reason, verdict }, { reason: "denied-by-rule", verdict: "deny" });
});

test("the host's own public address is not dialled", async () => {
  const proxy = await start({ hostNetworks: [PUBLIC] });
  assert.match(await connectTo(proxy, "good.test:443"), /\(93\.184\.216\.34, this-network\)/u);
});

test("a name is resolved once for each connection, and the vetted address is dialled", async () => {
  const internet = make();
  const proxy = await start({ internet });
  await openTunnel(proxy.proxy, "alternating.test:443");
  assert.deepEqual(internet.resolved, ["alternating.test"]);
  assert.deepEqual(internet.dialled, [`${PUBLIC}:443`]);
  assert.match(await connectTo(proxy, "alternating.test:443"), /403 .*10\.0\.0\.1, private/u);
  assert.deepEqual(internet.dialled, [`${PUBLIC}:443`]);
});

test("private addresses are passed over when there are public ones", async () => {
  const internet = make();
  const proxy = await start({ internet });
  assert.equal(await fetchThrough(proxy, "good.test", "mixed.test:443"), "for good.test");
  assert.deepEqual(internet.dialled, [`${PUBLIC}:443`]);
});

test("every address is tried until one answers", async () => {
  const internet = makeInternet(names, { [`${PUBLIC}:443`]: web });
  const proxy = await start({ internet });
  await openTunnel(proxy.proxy, "fallback.test:443");
  const [first, second, third] = [PUBLIC_SIX, OTHER_PUBLIC, PUBLIC].map((text) => `${text}:443`);
  assert.deepEqual(internet.dialled, [first, second, third]);
  assert.equal(proxy.decisions.at(-1)?.address, PUBLIC);
});

const failures: [name: string, reason: string, status: number][] = [
  ["unknown.test", "unresolved", 502],
  ["empty.test", "unresolved", 502],
  ["garbage.test", "unresolved", 502],
  ["closed.test", "unreachable", 502],
];

for (const [name, reason, status] of failures) {
  test(`${name} is allowed but ${reason}`, async () => {
    const proxy = await start({ allow: [...allow, "unknown.test"] });
    const answer = await connectTo(proxy, `${name}:443`);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} pale: ${name}:443 cannot be reached`), answer);
    assert.deepEqual(lastDecision(proxy), { verdict: "failed", reason });
  });
}

test("a name that takes too long to resolve is given up", async () => {
  const internet = { ...make(), resolve: () => new Promise<string[]>(() => {}) };
  const proxy = await start({ internet, limits: { dialMilliseconds: 50 } });
  assert.match(await connectTo(proxy, "good.test:443"), /^HTTP\/1\.1 502 .*cannot be resolved/u);
});

const hellos: [what: string, bytes: Buffer, reason: string, alert: number][] = [
  ["another name", makeHello({ serverName: "evil.test" }), "server-name-mismatch", 112],
  ["a name below", makeHello({ serverName: "a.good.test" }), "server-name-mismatch", 112],
  ["a trailing dot", makeHello({ serverName: "good.test." }), "server-name-mismatch", 112],
  ["a NUL behind the name", makeHello({ serverName: "good.test\0" }), "server-name-mismatch", 112],
  ["an address as its name", makeHello({ serverName: PUBLIC }), "server-name-mismatch", 112],
  ["no name", makeHello(), "no-server-name", 112],
  [
    "an encrypted hello",
    makeHello({ serverName: "good.test", extensions: [[0xfe0d, Buffer.alloc(9)]] }),
    "encrypted-client-hello",
    49,
  ],
  ["two records, cut badly", Buffer.from("16030100051603010001", "hex"), "malformed-hello", 50],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: good.test\r\n\r\n"), "not-tls", 50],
  ["SSH", Buffer.from("SSH-2.0-x\r\n"), "not-tls", 50],
];

for (const [what, bytes, reason, alert] of hellos) {
  test(`in a tunnel to port 443, ${what} is refused and never reaches the server`, async () => {
    const quiet = await startRawServer();
    const internet = makeInternet(names, { [`${PUBLIC}:443`]: quiet.port });
    const proxy = await start({ internet });
    const tunnel = await openTunnel(proxy.proxy, "good.test:443");
    tunnel.write(bytes);
    assert.deepEqual(await readAll(tunnel), Buffer.of(0x15, 3, 3, 0, 2, 2, alert));
    tunnel.destroy();
    assert.deepEqual(lastDecision(proxy), { verdict: "deny", reason });
    await until(() => quiet.connections() === 0, "the server's connection ended");
    assert.deepEqual(quiet.received, []);

    const control = await openTunnel(proxy.proxy, "good.test:443");
    const sound = makeHello({ serverName: "GOOD.test" });
    control.write(sound);
    await until(() => quiet.received.length > 0, "the control's hello arrived");
    assert.deepEqual(Buffer.concat(quiet.received), sound);
  });
}

test("a hello in many records and single bytes goes through as it was sent", async () => {
  const proxy = await start();
  const tunnel = await openTunnel(proxy.proxy, "raw.test:443");
  const bytes = intoRecords(makeMessage({ serverName: "raw.test" }), 5);
  for (const byte of bytes) tunnel.write(Buffer.of(byte));
  tunnel.write("tail");
  const expected = Buffer.concat([bytes, Buffer.from("tail")]);
  await until(() => Buffer.concat(raw.received).length >= expected.length, "all arrived");
  assert.deepEqual(Buffer.concat(raw.received), expected);
  raw.received.length = 0;
});

test("a hello may come together with CONNECT", async () => {
  const quiet = await startRawServer();
  const proxy = await start({ internet: makeInternet(names, { [`${PUBLIC}:443`]: quiet.port }) });
  const socket = await openSocket(proxy.proxy);
  const hello = makeHello({ serverName: "good.test" });
  socket.write(Buffer.concat([Buffer.from("CONNECT good.test:443 HTTP/1.0\r\n\r\n"), hello]));
  await until(() => quiet.received.length > 0, "the hello arrived");
  assert.deepEqual(Buffer.concat(quiet.received), hello);
});

test("on another port the server may speak first, and anything may be spoken", async () => {
  const proxy = await start({ allow: ["good.test:22"] });
  const tunnel = await openTunnel(proxy.proxy, "good.test:22");
  assert.equal(await readSome(tunnel, 14), "SSH-2.0-test\r\n");
  tunnel.write("hello");
  assert.equal(await readSome(tunnel, 9), "got hello");
});

test("on another port TLS must still name the host", async () => {
  const proxy = await start({ allow: ["good.test:8443"] });
  const tunnel = await openTunnel(proxy.proxy, "good.test:8443");
  tunnel.write(makeHello({ serverName: "evil.test" }));
  assert.deepEqual(await readAll(tunnel), Buffer.of(0x15, 3, 3, 0, 2, 2, 112));
  assert.equal(lastDecision(proxy).reason, "server-name-mismatch");
  const control = await openTunnel(proxy.proxy, "good.test:8443");
  control.write(makeHello({ serverName: "good.test" }));
  assert.match(await readSome(control, 20), /^got \u0016\u0003/u);
});

test("in open mode any name, literal and protocol goes, but nothing that is not public", async () => {
  const proxy = await start({ allow: [], open: true });
  const tunnel = await openTunnel(proxy.proxy, `${OTHER_PUBLIC}:443`);
  tunnel.write("no TLS");
  assert.equal(await readSome(tunnel, 10), "got no TLS");
  for (const authority of ["10.0.0.1:443", "169.254.169.254:80", "127.0.0.1:22", "lan.test:443"]) {
    assert.match(await connectTo(proxy, authority), /^HTTP\/1\.1 403 /u, authority);
    assert.equal(lastDecision(proxy).reason, "not-public", authority);
  }
});

test("in open mode a denied host is not reached by another name", async () => {
  const proxy = await start({ allow: [], deny: ["evil.test"], open: true });
  const tunnel = await openTunnel(proxy.proxy, "good.test:443");
  tunnel.write(makeHello({ serverName: "evil.test" }));
  assert.deepEqual(await readAll(tunnel), Buffer.of(0x15, 3, 3, 0, 2, 2, 112));
  assert.equal(await fetchThrough(proxy, "good.test"), "for good.test");
});

test("a client that leaves while its server is looked for leaves nothing behind", async () => {
  const answer = Promise.withResolvers<string[]>();
  const internet = { ...make(), resolve: () => answer.promise };
  const proxy = await start({ internet });
  const socket = await openSocket(proxy.proxy);
  socket.write("CONNECT good.test:443 HTTP/1.1\r\n\r\n");
  await until(() => proxy.proxyServer.stats().connections === 1);
  await new Promise((done) => setTimeout(done, 20));
  socket.resetAndDestroy();
  await until(() => proxy.proxyServer.stats().connections === 0, "the client is gone");
  answer.resolve([PUBLIC]);
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(proxy.decisions, []);
  assert.deepEqual(proxy.faults, []);
});

test("what a client sends is made printable in the log and in answers", async () => {
  const proxy = await start();
  const answer = await connectTo(proxy, "\u009B31mevil\u00FF.test:443");
  assert.match(answer, /^HTTP\/1\.1 403 /u);
  assert.equal(proxy.decisions.at(-1)?.host, "\\x9b31mevil\u00FF.test");
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(answer, /[\u0000-\u0009\u007F-\u009F]/u);
  await connectTo(proxy, `${"x".repeat(60_000)}:443`);
  assert.ok((proxy.decisions.at(-1)?.host.length ?? 999) < 300);
});

function start(options: Partial<Parameters<typeof startTestProxy>[0]> = {}): Promise<RunningProxy> {
  return startTestProxy({
    internet: make(),
    allow: [...allow],
    hostNetworks: ["93.184.216.99"],
    ...options,
  });
}

function connectTo(proxy: RunningProxy, authority: string, headers = ""): Promise<string> {
  const request = `CONNECT ${authority} HTTP/1.1\r\n${headers}\r\n`;
  return converse(proxy.proxy, Buffer.from(request, "latin1"));
}

/** GET over TLS, as `name`, in a tunnel to `authority`. */
async function fetchThrough(
  proxy: RunningProxy,
  name: string,
  authority = `${name}:443`,
): Promise<string> {
  const tunnel = await openTunnel(proxy.proxy, authority);
  const host = authority.replace(/:\d+$/u, "");
  const asked = isIP(host) ? name : host;
  // The certificate is not for every name that the tests make up.
  const socket = await secure(tunnel, {
    servername: asked,
    rejectUnauthorized: asked === name,
    ca,
  });
  socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
  const answer = (await readAll(socket)).toString("latin1");
  return answer.slice(answer.indexOf("\r\n\r\n") + 4).replaceAll(/^[\da-f]+\r\n|\r\n.*$/gsu, "");
}

function lastDecision(proxy: RunningProxy): { verdict?: string; reason?: string | undefined } {
  const { verdict, reason } = proxy.decisions.at(-1) ?? {};
  return verdict ? { verdict, reason } : {};
}

function alternate(...answers: string[][]): () => string[] {
  let turn = 0;
  return () => answers[turn++ % answers.length] ?? [];
}
