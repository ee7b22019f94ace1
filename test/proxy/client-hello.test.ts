import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect } from "node:tls";
import * as fc from "fast-check";
import { type ClientHello, parseClientHello } from "../../src/proxy/client-hello.ts";
import { requireTool } from "../helpers/requires.ts";
import {
  intoRecords,
  makeHello,
  makeMessage,
  number,
  serverNameEntry,
  serverNameList,
  vector,
} from "./hello.ts";

const plain: ClientHello = {
  kind: "hello",
  serverName: "good.test",
  alpn: [],
  encrypted: false,
};

test("a hello gives its server name and protocols", () => {
  const alpn = vector(
    2,
    Buffer.concat([vector(1, Buffer.from("h2")), vector(1, Buffer.from("x"))]),
  );
  const hello = makeHello({ serverName: "good.test", extensions: [[16, alpn]] });
  assert.deepEqual(parseClientHello(hello), { ...plain, alpn: ["h2", "x"] });
});

test("a hello without a name, or without any extension, is a hello without a name", () => {
  assert.deepEqual(parseClientHello(makeHello()), { ...plain, serverName: undefined });
  const bare = makeHello({ withoutExtensions: true });
  assert.deepEqual(parseClientHello(bare), { ...plain, serverName: undefined });
});

for (const type of [0xfe0d, 0xfe0a, 0xffce]) {
  test(`extension 0x${type.toString(16)} hides the name`, () => {
    const hello = makeHello({ serverName: "good.test", extensions: [[type, Buffer.alloc(100)]] });
    assert.deepEqual(parseClientHello(hello), { ...plain, encrypted: true });
  });
}

test("what follows the hello in later records is left alone", () => {
  const early = Buffer.concat([
    makeHello({ serverName: "good.test" }),
    Buffer.of(0x17, 3, 3, 0, 1, 9),
  ]);
  assert.deepEqual(parseClientHello(early), plain);
});

for (const size of [1000, 100, 50, 7, 3]) {
  test(`a hello in records of ${size} bytes reads like one in one record`, () => {
    const records = intoRecords(makeMessage({ serverName: "good.test" }), size);
    assert.deepEqual(parseClientHello(records), plain);
  });
}

const malformed: [what: string, bytes: Buffer, problem: RegExp][] = [
  ["two names", named(Buffer.concat([entry("good.test"), entry("evil.test")])), /server name/u],
  ["the same name twice", named(Buffer.concat([entry("a.test"), entry("a.test")])), /server name/u],
  ["an unknown type of name", named(serverNameEntry(1, "good.test")), /server name/u],
  [
    "an unknown type of name behind the name",
    named(Buffer.concat([entry("good.test"), serverNameEntry(1, "x")])),
    /server name/u,
  ],
  ["an empty name", named(entry("")), /server name/u],
  ["an empty list of names", named(Buffer.alloc(0)), /server name/u],
  [
    "bytes behind the list of names",
    makeHello({ extensions: [[0, Buffer.concat([serverNameList("good.test"), Buffer.of(0)])]] }),
    /server name/u,
  ],
  [
    "two server name extensions",
    makeHello({ serverName: "good.test", extensions: [[0, serverNameList("evil.test")]] }),
    /twice/u,
  ],
  [
    "another extension twice",
    makeHello({ extensions: [0x0a0a, 0x0a0a].map((type) => [type, Buffer.alloc(1)]) }),
    /twice/u,
  ],
  ["an empty protocol", makeHello({ extensions: [[16, vector(2, Buffer.of(0))]] }), /ALPN/u],
  ["bytes behind the extensions", makeHello({ behind: Buffer.of(0) }), /lengths/u],
  ["a long session", makeHello({ session: Buffer.alloc(33) }), /lengths/u],
  ["an odd cipher list", makeHello({ ciphers: Buffer.alloc(3) }), /lengths/u],
  ["no ciphers", makeHello({ ciphers: Buffer.alloc(0) }), /lengths/u],
  ["no compression", makeHello({ compressions: Buffer.alloc(0) }), /lengths/u],
  ["SSL 2 as its version", makeHello({ version: 0x0002 }), /version/u],
  ["a version of the future", makeHello({ version: 0x0403 }), /version/u],
  ["a server's hello", edit(makeHello(), 5, 2), /not a hello/u],
  ["a record of version 2", edit(makeHello(), 1, 2), /header/u],
  ["a record of version 3.5", edit(makeHello(), 2, 5), /header/u],
  ["an empty record", Buffer.of(0x16, 3, 1, 0, 0), /header/u],
  ["a record of 16385 bytes", Buffer.of(0x16, 3, 1, 0x40, 1), /header/u],
  ["a message of 64 KiB", Buffer.of(0x16, 3, 1, 0x40, 0, 1, 1, 0, 0), /too large/u],
  [
    "another message in the same record",
    intoRecords(Buffer.concat([makeMessage({}), makeMessage({})]), 16_384),
    /follow/u,
  ],
  [
    "an alert between its records",
    Buffer.concat([
      intoRecords(makeMessage({ serverName: "good.test" }).subarray(0, 20), 20),
      Buffer.of(0x15, 3, 3, 0, 2, 1, 0),
    ]),
    /interrupts/u,
  ],
  ["65 records", intoRecords(makeMessage({ behind: Buffer.alloc(100) }), 1), /too many/u],
  [
    "an extension that reaches beyond the message",
    intoRecords(cut(makeMessage({ serverName: "good.test" }), 3), 16_384),
    /lengths/u,
  ],
];

for (const [what, bytes, problem] of malformed) {
  test(`${what}: malformed`, () => {
    const hello = parseClientHello(bytes);
    assert.equal(hello?.kind, "malformed");
    assert.match(hello?.kind === "malformed" ? hello.problem : "", problem);
  });
}

for (const [what, bytes] of [
  ["an SSL 2 hello", Buffer.from("802e0100020015", "hex")],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n")],
  ["SSH", Buffer.from("SSH-2.0-x\r\n")],
  ["an alert", Buffer.of(0x15, 3, 3, 0, 2, 1, 0)],
] as const) {
  test(`${what} is not TLS`, () => {
    assert.deepEqual(parseClientHello(bytes), { kind: "not-tls" });
  });
}

test("a name is given as it was sent, so that the rules can refuse it", () => {
  for (const name of [
    "good.test\u0000.evil.test",
    "GOOD.test",
    "good.test.",
    "127.0.0.1",
    "b\u00FC",
  ]) {
    const hello = parseClientHello(makeHello({ serverName: name }));
    assert.equal(hello?.kind === "hello" ? hello.serverName : undefined, name);
  }
});

test("every beginning of a hello needs more or already has the final result", () => {
  const sound = [
    makeHello({
      serverName: "good.test",
      extensions: [[16, vector(2, vector(1, Buffer.from("h2")))]],
    }),
    intoRecords(makeMessage({ serverName: "good.test" }), 9),
    ...malformed.map(([, bytes]) => bytes),
  ];
  for (const bytes of sound) checkBeginnings(bytes);
});

test("bytes of any kind read the same however they are cut", () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(
        makeHello({ serverName: "good.test" }),
        intoRecords(makeMessage({ serverName: "good.test" }), 11),
      ),
      fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([bytes, edits]) => edits.reduce((bytes, [at, value]) => edit(bytes, at, value), bytes));
  const noise = fc
    .tuple(fc.constantFrom("", "160301", "1603010020010000"), fc.uint8Array({ maxLength: 200 }))
    .map(([head, tail]) => Buffer.concat([Buffer.from(head, "hex"), tail]));
  fc.assert(
    fc.property(fc.oneof(mutated, noise), (bytes) => checkBeginnings(bytes)),
    { numRuns: 1500 },
  );
});

test("whatever name is put in comes out", () => {
  const names = fc.uint8Array({ minLength: 1, maxLength: 255 });
  fc.assert(
    fc.property(names, fc.integer({ min: 12, max: 400 }), (name, size) => {
      const bytes = Buffer.from(name);
      const hello = parseClientHello(intoRecords(makeMessage({ serverName: bytes }), size));
      assert.deepEqual(hello, { ...plain, serverName: bytes.toString("latin1") });
    }),
  );
});

test("the verdict comes within the cap on bytes", () => {
  // All records as large as they may be, of a message that is larger than it may be.
  const message = makeMessage({ extensions: [[0x1234, Buffer.alloc(65_300)]] });
  assert.equal(parseClientHello(intoRecords(message, 16_384))?.kind, "hello");
  const larger = Buffer.concat([Buffer.of(1, 2, 0, 0), Buffer.alloc(0x20000)]);
  assert.equal(parseClientHello(intoRecords(larger, 16_384).subarray(0, 9))?.kind, "malformed");
});

test("the hello of this runtime's TLS", async () => {
  const hello = await capture((port) => {
    connect({
      host: "127.0.0.1",
      port,
      servername: "good.test",
      ALPNProtocols: ["h2", "http/1.1"],
    }).on("error", () => {});
  });
  assert.deepEqual(hello, { ...plain, alpn: ["h2", "http/1.1"] });
});

const clients: [tool: string, options: (port: number) => string[], alpn: string[]][] = [
  [
    "openssl",
    (port) => ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "good.test"],
    [],
  ],
  [
    "openssl",
    (port) => ["s_client", "-tls1_2", "-connect", `127.0.0.1:${port}`, "-servername", "good.test"],
    [],
  ],
  [
    "curl",
    (port) => ["-s", "--noproxy", "*", "--connect-to", `::127.0.0.1:${port}`, "https://good.test/"],
    ["h2", "http/1.1"],
  ],
];

for (const [tool, options, alpn] of clients) {
  test(`the hello of ${tool} ${options(0)[1]}`, async (context) => {
    const program = requireTool(context, tool);
    if (!program) return;
    const hello = await capture((port) => {
      spawn(program, options(port), { stdio: "ignore" });
    });
    assert.deepEqual(hello, { ...plain, alpn });
  });
}

/** The hello of whoever connects to a port that never answers. */
async function capture(start: (port: number) => void): Promise<ClientHello> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  start((server.address() as AddressInfo).port);
  const [socket] = (await once(server, "connection")) as [Socket];
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const hello = parseClientHello(bytes);
    if (!hello) continue;
    checkBeginnings(bytes);
    socket.destroy();
    server.close();
    return hello;
  }
  throw new Error("the client said too little");
}

function checkBeginnings(bytes: Uint8Array): void {
  const whole = parseClientHello(bytes);
  for (let length = 0; length <= bytes.length; length += 1) {
    const part = parseClientHello(bytes.subarray(0, length));
    if (part) assert.deepEqual(part, whole, `after ${length} bytes`);
  }
}

function named(entries: Buffer): Buffer {
  return makeHello({ extensions: [[0, vector(2, entries)]] });
}

function entry(name: string): Buffer {
  return serverNameEntry(0, name);
}

function edit(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at % copy.length] = value;
  return copy;
}

/** Takes bytes off the end of a message and makes its own length right again. */
function cut(message: Buffer, count: number): Buffer {
  const shorter = message.subarray(0, message.length - count);
  return Buffer.concat([Buffer.of(1), number(shorter.length - 4, 3), shorter.subarray(4)]);
}
