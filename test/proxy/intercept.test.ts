import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Budget } from "../../src/proxy/budget.ts";
import { makeCertificates } from "./certificates.ts";
import { certify, find, HOST, PLACEHOLDER, RULES, useCurl, VALUE } from "./interception.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { startOrigin } from "./origins.ts";
import { startTestProxy } from "./start.ts";

const { curl, directory } = useCurl();
const certificates = makeCertificates([HOST, "other.example.com"]);

for (const protocol of ["h1", "h2"] as const) {
  const flag = protocol === "h1" ? "--http1.1" : "--http2";

  describe(`requests over ${protocol}`, async () => {
    const origin = await startOrigin(certificates, protocol);
    const internet = makeInternet(
      { [HOST]: [PUBLIC], "other.example.com": [PUBLIC] },
      { [`${PUBLIC}:443`]: origin.port },
    );
    const proxy = await startTestProxy({
      internet,
      allow: [HOST, "other.example.com"],
      interceptions: {
        find,
        certify,
        roots: certificates.ca,
      },
    });
    const ways: Record<string, string[]> = {
      CONNECT: ["-p", "-x", `http://127.0.0.1:${proxy.proxy}`],
      SOCKS: ["-x", `socks5h://127.0.0.1:${proxy.socks}`],
      "the TLS door": ["--connect-to", `${HOST}:443:127.0.0.1:${proxy.tls}`],
    };
    const ask = (path: string, ...words: string[]) =>
      curl([flag, ...(ways["CONNECT"] ?? []), ...words, `https://${HOST}${path}`]);

    for (const [name, words] of Object.entries(ways)) {
      test(`by ${name} have the real key, and the answer does not`, async () => {
        const before = origin.seen.length;
        const words2 = [flag, ...words, "-i", "-H", `x-api-key: ${PLACEHOLDER}`];
        const { stdout, stderr } = await curl([...words2, `https://${HOST}/v1?q=1`]);
        const [seen] = origin.seen.slice(before);
        assert.equal(seen?.headers["x-api-key"], VALUE, stderr);
        assert.equal(seen?.path, "/v1?q=1");
        assert.equal(stdout.includes(VALUE), false);
        assert.ok(stdout.includes(`"x-api-key":"${PLACEHOLDER}"`), stdout);
        assert.match(stdout, new RegExp(`x-echo: ${PLACEHOLDER}`, "iu"));
      });
    }

    test("are said back in pieces without the key", async () => {
      const { stdout } = await ask("/chunks");
      assert.equal(stdout.includes(VALUE), false);
      assert.ok(stdout.includes(PLACEHOLDER), stdout);
    });

    test("with a body of a megabyte arrive whole", async () => {
      const file = join(directory, "megabyte");
      writeFileSync(file, Buffer.alloc(1 << 20, "y"));
      const { stdout } = await ask("/v1", "--data-binary", `@${file}`);
      assert.equal(origin.seen.at(-1)?.body.length, 1 << 20);
      assert.ok(stdout.length > 1 << 20);
    });

    test("bring back a megabyte whole", async () => {
      const { stdout } = await ask("/big");
      assert.equal(stdout, "x".repeat(1 << 20));
    });

    test("of other methods are refused, and reach nobody", async () => {
      const before = origin.seen.length;
      const { stdout } = await ask("/v1", "-X", "DELETE", "-w", "%{http_code}");
      assert.match(stdout, /this method is not on the list[^]*403$/u);
      assert.equal(origin.seen.length, before);
    });

    test("whose credential cannot be had are refused, and reach nobody", async () => {
      const before = origin.seen.length;
      const { stdout } = await ask("/locked", "-w", "%{http_code}");
      assert.match(stdout, /its credential cannot be had[^]*502$/u);
      assert.equal(origin.seen.length, before);
    });

    test("beyond the budget are refused with the time to wait", async () => {
      const { rules } = RULES;
      (rules[0] as { budget: Budget }).budget = new Budget({ requests: 2 });
      for (const expected of ["200", "200", "429"]) {
        const { stdout } = await ask("/budget", "-i", "-X", "POST", "-w", "%{http_code}");
        assert.equal(stdout.slice(-3), expected);
        if (expected === "429") assert.match(stdout, /retry-after: 3[56]\d\d/iu);
      }
    });

    test("for another host inside the connection are refused", async () => {
      const before = origin.seen.length;
      const { stdout } = await ask("/v1", "-H", "Host: other.example.com", "-w", "%{http_code}");
      assert.match(stdout, /is another host[^]*403$/u);
      assert.equal(origin.seen.length, before);
    });

    test("are not answered with what cannot be looked into", async () => {
      const { stdout } = await ask("/packed", "-w", "%{http_code}");
      assert.match(stdout, /cannot be looked into[^]*502$/u);
    });

    test("whose answer breaks off do not look whole", async () => {
      const { status, stdout } = await ask("/broken", "-w", "%{http_code}");
      assert.ok(status !== 0 || stdout.endsWith("502"), stdout);
    });

    test("to other hosts stay end to end", async () => {
      const words = [
        flag,
        "-p",
        "-x",
        `http://127.0.0.1:${proxy.proxy}`,
        "-H",
        `x-api-key: ${PLACEHOLDER}`,
      ];
      const refused = await curl([...words, "https://other.example.com/"]);
      assert.match(refused.stderr, /certificate/iu);
      const straight = await curl([
        ...words,
        "--cacert",
        certificates.caFile,
        "https://other.example.com/",
      ]);
      assert.ok(straight.stdout.includes(PLACEHOLDER), straight.stderr);
      assert.equal(origin.seen.at(-1)?.headers["x-api-key"], PLACEHOLDER);
    });

    test("are in the log, by method and path alone", async () => {
      proxy.requests.length = 0;
      await ask("/v1/x?secret=1", "-d", "body");
      const [line] = proxy.requests;
      assert.deepEqual(
        { ...line, received: undefined },
        {
          host: HOST,
          method: "POST",
          path: "/v1/x",
          verdict: "allow",
          status: 200,
          sent: 4,
          received: undefined,
          credential: "key",
        },
      );
      assert.deepEqual(proxy.faults, []);
    });
  });
}
