import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import test, { describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { certifyHost, makeAuthority } from "../../src/certificates/certificate.ts";
import { makeCertificates } from "./certificates.ts";
import {
  authority,
  certify,
  type Curl,
  DAY,
  find,
  HOST,
  useCurl,
  validity,
} from "./interception.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { startOrigin } from "./origins.ts";
import { startTestProxy } from "./start.ts";

const { curl, inside } = useCurl();
const certificates = makeCertificates([HOST]);

/** A server with these keys, and a proxy that believes `roots` of servers. */
async function startBoth(keys: { key: string; cert: string }, roots: string) {
  const origin = await startOrigin(keys, "h1");
  const internet = makeInternet({ [HOST]: [PUBLIC] }, { [`${PUBLIC}:443`]: origin.port });
  const interceptions = { find, certify, roots };
  const proxy = await startTestProxy({ internet, allow: [HOST], interceptions });
  return { origin, proxy };
}

describe("a server that cannot be made sure of", () => {
  const past = { from: new Date(Date.now() - 3 * DAY), until: new Date(Date.now() - DAY) };
  const outside = { name: "outside", ...makeAuthority("outside", validity) };
  const shown = {
    "has another name": certifyHost(outside, "evil.example.com", validity),
    "has a certificate that has ended": certifyHost(outside, HOST, past),
    "is vouched for by nobody who is known": certifyHost(authority, HOST, validity),
  };
  for (const [what, { key, certificate }] of Object.entries(shown)) {
    for (const flag of ["--http1.1", "--http2"]) {
      test(`since it ${what} is sent nothing (${flag})`, async () => {
        const { origin, ask, decisions } = await connect({ key, cert: certificate });
        const { stdout, stderr } = await ask(flag);
        assert.match(stdout, /certificate is not valid[^]*502$/u, stderr);
        assert.deepEqual(origin.seen, []);
        assert.ok(decisions.some(({ reason }) => reason === "server-certificate"));
      });
    }
  }

  test("is not one that shows a right certificate", async () => {
    const { key, certificate } = certifyHost(outside, HOST, validity);
    const { origin, ask } = await connect({ key, cert: certificate });
    const { stdout } = await ask("--http1.1");
    assert.match(stdout, /200$/u);
    assert.equal(origin.seen.length, 1);
  });

  async function connect(keys: { key: string; cert: string }) {
    const { origin, proxy } = await startBoth(keys, outside.certificate);
    const words = ["-p", "-x", `http://127.0.0.1:${proxy.proxy}`, "-w", "%{http_code}"];
    const ask = (flag: string) => curl([flag, ...words, `https://${HOST}/`]);
    return { origin, ask, decisions: proxy.decisions };
  }
});

describe("a client that means another host than the one it asks for", async () => {
  const { origin, proxy } = await startBoth(certificates, certificates.ca);
  const way = ["-p", "-x", `http://127.0.0.1:${proxy.proxy}`];

  test("in its hello is refused before it is answered", async () => {
    const to = ["--connect-to", `evil.example.com:443:${HOST}:443`];
    const { status } = await curl([...way, ...to, "https://evil.example.com/"]);
    assert.notEqual(status, 0);
    assert.deepEqual(origin.seen, []);
    assert.ok(proxy.decisions.some(({ reason }) => reason === "server-name-mismatch"));
  });

  test("is refused in the clear, where nobody could be sure of the answer", async () => {
    const plain = ["-x", `http://127.0.0.1:${proxy.proxy}`, "-w", "%{http_code}"];
    const { stdout } = await curl([...plain, `http://${HOST}/`]);
    assert.match(stdout, /only works on port 443[^]*403$/u);
  });

  test("with a second request behind the first has that one dropped", async () => {
    const before = origin.seen.length;
    const script = `{ printf 'GET /v1 HTTP/1.1\\r\\nHost: ${HOST}\\r\\n\\r\\nDELETE /v1 HTTP/1.1\\r\\nHost: ${HOST}\\r\\n\\r\\n'; sleep 2; } |
      openssl s_client -quiet -CAfile ${inside} -servername ${HOST} -connect 127.0.0.1:${proxy.tls} 2>/dev/null`;
    const { stdout } = await shell(script);
    assert.match(stdout, /^HTTP\/1\.1 200/u);
    assert.deepEqual(
      origin.seen.slice(before).map(({ method }) => method),
      ["GET"],
    );
  });
});

function shell(script: string): Promise<Curl> {
  return new Promise((resolve) => {
    const child = execFile("sh", ["-c", script], (_error, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}

describe("a client that sends on while it is answered", async () => {
  const { proxy } = await startBoth(certificates, certificates.ca);

  const rows: [title: string, method: string, expected: RegExp][] = [
    ["hears why it is refused", "PUT", /^HTTP\/1\.1 403 .*method is not on the list/u],
    ["hears the server, where it is not (control)", "POST", /^HTTP\/1\.1 200 /u],
  ];
  for (const [title, method, expected] of rows) {
    test(title, async () => {
      const client = connect({ port: proxy.tls, servername: HOST, ca: authority.certificate });
      let heard = "";
      const ended = once(client, "close");
      client.setEncoding("latin1").pause();
      await once(client, "secureConnect");
      const size = 400_000;
      client.write(`${method} /v1 HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${size}\r\n\r\n`);
      // All within the two seconds for which a refused client is listened to.
      for (let sent = 0; sent < size; sent += 100_000) {
        await sleep(60);
        await new Promise((resolve) => client.write(Buffer.alloc(100_000), resolve));
      }
      client.on("data", (text: string) => (heard += text)).resume();
      await ended;
      assert.match(heard, expected);
    });
  }
});
