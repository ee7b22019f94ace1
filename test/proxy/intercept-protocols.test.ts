import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import test, { after, describe } from "node:test";
import { makeCertificates } from "./certificates.ts";
import { certify, find as findStrict, HOST, PLACEHOLDER, useCurl, VALUE } from "./interception.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { startOrigin } from "./origins.ts";
import { startTestProxy } from "./start.ts";

const { curl, directory, inside } = useCurl();
const certificates = makeCertificates([HOST]);

/** The same, with every method. */
const find = (host: string) => {
  const known = findStrict(host);
  return known && { ...known, rules: known.rules.map((rule) => ({ ...rule, methods: [] })) };
};

async function startFor(port: number) {
  const internet = makeInternet({ [HOST]: [PUBLIC] }, { [`${PUBLIC}:443`]: port });
  const interceptions = { find, certify, roots: certificates.ca };
  return startTestProxy({ internet, allow: [HOST], interceptions });
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

describe("HTTP/1.1 through a connection that ends at the proxy", async () => {
  let handle: Handle = (_, response) => response.end("ok");
  const server = https.createServer(certificates, (request, response) => handle(request, response));
  let upgraded: Socket | undefined;
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    upgraded = socket;
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    );
    socket.write("Sec-WebSocket-Accept: x\r\n\r\n");
    const said = Buffer.from(`key ${String(request.headers["x-api-key"])} yes`);
    socket.write(Buffer.concat([Buffer.of(0x81, said.length), said]));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => void server.close());
  const proxy = await startFor((server.address() as AddressInfo).port);
  const to = ["--http1.1", "--connect-to", `${HOST}:443:127.0.0.1:${proxy.tls}`];
  const ask = (path: string, ...words: string[]) =>
    curl([...to, ...words, `https://${HOST}${path}`]);

  test("waits with a body until the server wants it", async () => {
    const file = join(directory, "body");
    writeFileSync(file, Buffer.alloc(300_000, "b"));
    server.once("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      handle(request, response);
    });
    handle = (request, response) => {
      let length = 0;
      request.on("data", (bytes: Buffer) => (length += bytes.length));
      request.on("end", () => response.end(`${length} ${request.headers.expect}`));
    };
    const expect = ["-H", "Expect: 100-continue", "--expect100-timeout", "15", "-v"];
    const { stdout, stderr } = await ask("/v1", ...expect, "--data-binary", `@${file}`);
    assert.match(stdout, /^300000/u, stderr);
    assert.match(stderr, /HTTP\/1\.1 100/u);
  });

  test("sends and gets bodies in chunks, without a length", async () => {
    const file = join(directory, "body");
    writeFileSync(file, Buffer.alloc(300_000, "b"));
    handle = (request, response) => {
      request.on("data", (bytes: Buffer) => response.write(bytes));
      request.on("end", () => response.end());
    };
    const words = ["-X", "POST", "-H", "Transfer-Encoding: chunked", "-T", file, "-i"];
    const { stdout, stderr } = await ask("/v1", ...words);
    assert.match(stdout, /transfer-encoding: chunked/iu, stderr);
    assert.equal(stdout.split("\r\n\r\n").at(-1)?.length, 300_000);
  });

  for (const status of [204, 304, 200]) {
    test(`has no body where there is none (${status})`, async () => {
      handle = (_, response) => {
        response.writeHead(status, status === 200 ? { "content-length": "77" } : {}).end();
      };
      const words = status === 200 ? ["-I"] : ["-i"];
      const { stdout, status: ended } = await ask("/v1", ...words, "-w", "%{http_code}");
      assert.ok(stdout.endsWith(String(status)), stdout);
      assert.equal(ended, 0);
      if (status === 200) assert.match(stdout, /content-length: 77/iu);
    });
  }

  test("hands on each event when it comes, however long the silence after it", async () => {
    let next: (() => void) | undefined;
    handle = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: s\n\n`);
      next = () => response.end(`data: two\n\n`);
    };
    const child = spawn("curl", ["-sSN", "--cacert", inside, ...to, `https://${HOST}/events`]);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    assert.equal(String(first), "data: s\n\n");
    next?.();
    const [second] = (await once(child.stdout, "data")) as [Buffer];
    assert.equal(String(second), "data: two\n\n");
    await once(child, "close");
  });

  test("hands on each message of a WebSocket whole, and no key in it", async () => {
    const script = `exec openssl s_client -quiet -CAfile ${inside} -servername ${HOST} -connect 127.0.0.1:${proxy.tls} 2>/dev/null`;
    const child = spawn("sh", ["-c", script]);
    child.stdin.write(
      `GET /socket HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString("latin1")));
    // It ends in the first letter of the key.
    await until(() => said.endsWith("yes"));
    assert.ok(said.includes(`key ${PLACEHOLDER} yes`), said);
    upgraded?.write(Buffer.from([0x81, 1, "s".charCodeAt(0)]));
    await until(() => said.endsWith("\u0081\u0001s"));
    upgraded?.write(Buffer.from([0x81, VALUE.length, ...Buffer.from(VALUE).subarray(0, 5)]));
    upgraded?.write(Buffer.from(VALUE).subarray(5));
    await until(() => said.endsWith(PLACEHOLDER));
    child.kill();
  });

  test("tells the server when the client has gone", async () => {
    const gone = new Promise<void>((resolve) => {
      handle = (request, response) => {
        request.socket.once("close", () => resolve());
        response.write("begin");
      };
    });
    const child = spawn("curl", ["-sSN", "--cacert", inside, ...to, `https://${HOST}/v1`]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await gone;
  });

  test("tells the client when the server has gone in the middle", async () => {
    handle = (_, response) => {
      response.write("begin");
      setTimeout(() => response.socket?.destroy(), 50);
    };
    const { status } = await ask("/v1");
    assert.notEqual(status, 0);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("HTTP/2 through a connection that ends at the proxy", async () => {
  const origin = await startOrigin(certificates, "h2");
  const proxy = await startFor(origin.port);
  const run = (script: string) => runNode(script, { inside, port: proxy.tls });

  test("carries 200 requests at once, with bodies both ways and trailers", async () => {
    const said = await run(`
      const one = (number) => new Promise((resolve, reject) => {
        const stream = session.request({ ":path": "/v1?n=" + number, ":method": "POST", "x-api-key": "fake" })
        let text = "", trailers
        stream.setEncoding("utf8").on("data", (piece) => (text += piece)).on("error", reject)
        stream.on("trailers", (found) => (trailers = found))
        stream.on("close", () => resolve(text.length > 20_000 && text.includes("n=" + number + '"') && trailers?.["grpc-status"]))
        stream.end("b".repeat(20_000))
      })
      const all = await Promise.all(Array.from({ length: 200 }, (_, number) => one(number)))
      console.log(all.filter((each) => each === "0").length)`);
    assert.equal(said, "200");
  });

  test("carries a megabyte each to readers that pause", async () => {
    const said = await run(`
      const one = async () => {
        const stream = session.request({ ":path": "/big" })
        let length = 0
        for await (const bytes of stream) { length += bytes.length; await new Promise((r) => setTimeout(r, 1)) }
        return length
      }
      console.log((await Promise.all([one(), one(), one()])).join())`);
    assert.equal(said, [1, 1, 1].map((each) => each << 20).join());
  });

  test("leaves no connection open when the client has gone", async () => {
    await until(() => origin.open() === 0);
    const child = startNode(
      `await new Promise((resolve) => session.request({ ":path": "/v1" })
      .on("data", () => {}).on("end", resolve)); await new Promise(() => setInterval(() => {}, 1000))`,
      {
        inside,
        port: proxy.tls,
      },
    );
    await until(() => origin.open() === 1);
    child.kill("SIGKILL");
    await until(() => origin.open() === 0);
  });

  test("goes on with other requests when some are given up", async () => {
    const said = await run(`
      const ask = (path, leave) => new Promise((resolve) => {
        const stream = session.request({ ":path": path })
        stream.on("error", () => {}).on("response", () => leave && stream.close(http2.constants.NGHTTP2_CANCEL))
        stream.on("data", () => {}).on("close", () => resolve(stream.rstCode))
      })
      console.log(await ask("/big", true), await ask("/big", true), await ask("/v1"))`);
    assert.equal(said, "8 8 0");
  });
});

type Place = { inside: string; port: number };

/** In a real node, whose HTTP/2 is not this runtime's. */
function startNode(script: string, { inside: file, port }: Place): ChildProcessWithoutNullStreams {
  const text = `
    const http2 = require("node:http2"), tls = require("node:tls"), fs = require("node:fs")
    const socket = tls.connect({ port: ${port}, servername: "${HOST}", ca: fs.readFileSync("${file}"), ALPNProtocols: ["h2"] })
    const session = http2.connect("https://${HOST}", { createConnection: () => socket })
    session.on("error", (error) => { console.log(error); process.exit(1) })
    const main = async () => {${script}}
    main().then(() => session.close())`;
  return spawn("node", ["-e", text]);
}

async function runNode(script: string, place: Place): Promise<string> {
  const child = startNode(script, place);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
  await once(child, "close");
  return said.trim();
}
