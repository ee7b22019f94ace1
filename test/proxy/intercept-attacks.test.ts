import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type * as net from "node:net";
import * as tls from "node:tls";
import test, { after, describe } from "node:test";
import { makeCertificates } from "./certificates.ts";
import { certify, find, HOST, PLACEHOLDER, useCurl, VALUE } from "./interception.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { startOrigin } from "./origins.ts";
import { askRaw } from "./raw-http2.ts";
import { startTestProxy } from "./start.ts";

/** What a hostile program inside tries to be told the key, or to send more than was looked at. */

const { curl, inside } = useCurl();
const certificates = makeCertificates([HOST]);

async function startFor(port: number) {
  const internet = makeInternet({ [HOST]: [PUBLIC] }, { [`${PUBLIC}:443`]: port });
  const interceptions = { find, certify, roots: certificates.ca };
  return startTestProxy({ internet, allow: [HOST], interceptions });
}

describe("a request that is two, or another one, to some server", async () => {
  const origin = await startOrigin(certificates, "h2");
  const proxy = await startFor(origin.port);
  const plain = [
    [":method", "POST"],
    [":scheme", "https"],
    [":path", "/v1"],
    [":authority", HOST],
  ] as const;
  const without = (name: string) => plain.filter(([each]) => each !== name);
  const ask = (fields: readonly (readonly [string, string])[], data?: string) =>
    askRaw({ roots: inside, host: HOST, port: proxy.tls, fields, ...(data && { data }) });

  test("has a control: what is right is answered", async () => {
    const said = await ask([...plain, ["content-length", "4"]], "body");
    assert.match(said, /^ended .*"body":"body"/u);
  });

  for (const [what, fields, data] of [
    ["line ends in a value", [...plain, ["x-a", "1\r\nx-b: 2"]], undefined],
    ["a NUL in a value", [...plain, ["x-a", "1\0"]], undefined],
    ["a name with a colon", [...plain, ["x-a: 1\r\nx", "2"]], undefined],
    ["a name in upper case", [...plain, ["X-Up", "1"]], undefined],
    ["two paths", [...plain, [":path", "/locked"]], undefined],
    ["no path", without(":path"), undefined],
    ["a path with a blank", [...without(":path"), [":path", "/v1 HTTP/1.1\r\nx: "]], undefined],
    ["a method with a blank", [...without(":method"), [":method", "GET /x"]], undefined],
    ["a longer body than it says", [...plain, ["content-length", "2"]], "body"],
    ["a shorter body than it says", [...plain, ["content-length", "9"]], "body"],
    ["no body where it says there is one", [...plain, ["content-length", "9"]], undefined],
    ["two lengths", [...plain, ["content-length", "4"], ["content-length", "5"]], "body"],
    ["another authority", [...without(":authority"), [":authority", "evil.example"]], undefined],
    ["another host", [...plain, ["host", "evil.example"]], undefined],
    [
      "a pseudo header at its end",
      [...without(":path"), ["x-a", "1"], [":path", "/v1"]],
      undefined,
    ],
    [
      "a tunnel",
      [
        [":method", "CONNECT"],
        [":authority", HOST],
      ],
      undefined,
    ],
    [
      "a tunnel of a protocol",
      [...without(":method"), [":method", "CONNECT"], [":protocol", "websocket"]],
      undefined,
    ],
  ] as [string, [string, string][], string | undefined][]) {
    test(`is not answered by the server (${what})`, async () => {
      const before = origin.seen.length;
      const said = await ask(fields, data);
      assert.match(said, /^(?:reset|ended pale: )/u);
      assert.deepEqual(origin.seen.slice(before), []);
    });
  }

  test("has what belongs to one connection taken off", async () => {
    const said = await ask([...plain, ["transfer-encoding", "chunked"]], "0\r\n\r\n");
    assert.doesNotMatch(said, /transfer-encoding/u);
  });
});

describe("the key", async () => {
  const seen: IncomingMessage[] = [];
  let reply = (_key: string): string => "";
  const server = tls.createServer(certificates, (socket) => {
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const [, key] = /^x-api-key: (.*)\r$/imu.exec(text) ?? [];
      if (text.includes("\r\n\r\n")) socket.end(reply(key ?? ""));
    });
  });
  const plainServer = https.createServer(certificates, (request, response) => {
    seen.push(request);
    response.end("ok");
  });
  for (const each of [server, plainServer] as net.Server[]) {
    await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
    after(() => void each.close());
  }
  const echo = await startFor((server.address() as AddressInfo).port);
  const record = await startFor((plainServer.address() as AddressInfo).port);
  const to = (port: number) => ["--http1.1", "--connect-to", `${HOST}:443:127.0.0.1:${port}`];
  const OK = "HTTP/1.1 200 OK\r\n";

  for (const [where, answer] of [
    ["the reason", (key: string) => `HTTP/1.1 200 ${key}\r\nContent-Length: 0\r\n\r\n`],
    ["a header's name", (key: string) => `${OK}${key}: 1\r\nContent-Length: 0\r\n\r\n`],
    ["a cookie", (key: string) => `${OK}Set-Cookie: a=${key}; Path=/\r\nContent-Length: 0\r\n\r\n`],
    [
      "a redirection",
      (key: string) =>
        `HTTP/1.1 302 Found\r\nLocation: https://evil.example/?k=${key}\r\nContent-Length: 0\r\n\r\n`,
    ],
    [
      "an interim answer",
      (key: string) =>
        `HTTP/1.1 103 Early Hints\r\nLink: <${key}>\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    ],
    ["a folded header", (key: string) => `${OK}X-A: 1\r\n ${key}\r\nContent-Length: 0\r\n\r\n`],
    [
      "a trailer",
      (key: string) =>
        `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Key: ${key}\r\n\r\n`,
    ],
    [
      "an extension of a chunk",
      (key: string) => `${OK}Transfer-Encoding: chunked\r\n\r\n1;k=${key}\r\nx\r\n0\r\n\r\n`,
    ],
    [
      "chunks of one byte",
      (key: string) =>
        `${OK}Transfer-Encoding: chunked\r\n\r\n${key
          .split("")
          .map((each) => `1\r\n${each}\r\n`)
          .join("")}0\r\n\r\n`,
    ],
    ["a body until the end", (key: string) => `HTTP/1.0 200 OK\r\n\r\n${key}${key}`],
    ["bare line feeds", (key: string) => `HTTP/1.1 200 OK\nX-A: ${key}\n\n${key}`],
    [
      "an answer to nothing",
      (key: string) =>
        `${OK}Content-Length: 0\r\n\r\n${OK}Content-Length: ${key.length}\r\n\r\n${key}`,
    ],
    ["something that is no HTTP", (key: string) => `${key} ${key}\r\n\r\n`],
    [
      "a body with two lengths",
      (key: string) => `${OK}Content-Length: 1\r\nContent-Length: 40\r\n\r\n${key}`,
    ],
    [
      "a body that is packed and chunked",
      (key: string) => `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\n${key}\r\n0\r\n\r\n`,
    ],
    [
      "a body that is packed twice",
      (key: string) => `${OK}Content-Encoding: identity, br\r\nContent-Length: 3\r\n\r\n${key}`,
    ],
  ] as [string, (key: string) => string][]) {
    test(`is not seen inside when the server says it in ${where}`, async () => {
      let said = "";
      reply = (key) => (said = answer(key));
      const { stdout, stderr } = await curl([...to(echo.tls), "-i", "-v", `https://${HOST}/v1`]);
      assert.ok(said.includes(VALUE) || where.startsWith("chunks"), "the server had it");
      assert.equal((stdout + stderr).includes(VALUE), false, stdout + stderr);
    });
  }

  test("is not asked for in parts, nor by another method than the one that is judged", async () => {
    const words = [
      "-r",
      "0-9",
      "-H",
      "X-HTTP-Method-Override: DELETE",
      "-H",
      "X-Rewrite-URL: /locked",
    ];
    await curl([...to(record.tls), ...words, "-H", "If-Range: x", `https://${HOST}/v1`]);
    const names = Object.keys(seen.at(-1)?.headers ?? {});
    assert.ok(names.includes("x-api-key"));
    assert.deepEqual(
      names.filter((name) => /range|override|rewrite/u.test(name)),
      [],
    );
  });

  test("is put nowhere that others may see", async () => {
    const words = [
      "-H",
      `User-Agent: ${PLACEHOLDER}`,
      "-H",
      `Authorization: Bearer ${PLACEHOLDER}`,
    ];
    await curl([...to(record.tls), ...words, `https://${HOST}/v1/${PLACEHOLDER}?q=${PLACEHOLDER}`]);
    const { url, headers } = seen.at(-1) ?? {};
    assert.equal(url, `/v1/${PLACEHOLDER}?q=${PLACEHOLDER}`);
    assert.equal(headers?.["user-agent"], PLACEHOLDER);
    assert.equal(headers?.authorization, `Bearer ${VALUE}`);
  });

  for (const [what, text] of [
    [
      "a length and chunks",
      "POST /v1 HTTP/1.1\r\nHost: H\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "chunks by another spelling",
      "POST /v1 HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "chunks before a colon",
      "POST /v1 HTTP/1.1\r\nHost: H\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "a folded header",
      "GET /v1 HTTP/1.1\r\nHost: H\r\nX-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n",
    ],
    ["bare line feeds", "GET /v1 HTTP/1.1\nHost: H\n\n\r\n\r\n"],
    ["two hosts", "GET /v1 HTTP/1.1\r\nHost: H\r\nHost: evil.example\r\n\r\n"],
    ["another host in the target", "GET https://evil.example/v1 HTTP/1.1\r\nHost: H\r\n\r\n"],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: H\r\n\r\n"],
    ["a NUL", "GET /v1 HTTP/1.1\r\nHost: H\r\nX-A: \0\r\n\r\n"],
  ] as const) {
    test(`is in no request that has ${what}`, async () => {
      const before = seen.length;
      const said = await speak(text.replaceAll("Host: H", `Host: ${HOST}`), record.tls);
      assert.match(said, /^HTTP\/1\.1 4\d\d pale: /u);
      assert.equal(seen.length, before);
    });
  }

  test("is in the request where it is right (the control)", async () => {
    const before = seen.length;
    const said = await speak(`GET /v1 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, record.tls);
    assert.match(said, /^HTTP\/1\.1 200/u);
    assert.equal(seen.slice(before)[0]?.headers["x-api-key"], VALUE);
  });
});

/** What is answered to these bytes. */
function speak(text: string, port: number): Promise<string> {
  const words = ["-quiet", "-CAfile", inside, "-servername", HOST, "-connect", `127.0.0.1:${port}`];
  return new Promise((resolve) => {
    const child = execFile("openssl", ["s_client", ...words], (_error, stdout) => resolve(stdout));
    child.stdin?.write(text);
    child.stdin?.on("error", () => {});
  });
}
