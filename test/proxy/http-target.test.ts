import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseRequestHead, type RequestHead } from "../../src/proxy/http-head.ts";
import {
  parseAuthority,
  readOriginTarget,
  readProxyTarget,
  type RequestTarget,
} from "../../src/proxy/http-target.ts";

const proxied: [request: string, expected: string][] = [
  ["CONNECT good.test:443 HTTP/1.1|Host: good.test:443", "connect good.test 443"],
  ["CONNECT good.test:443 HTTP/1.1|Host: good.test", "connect good.test 443"],
  ["CONNECT GOOD.test:443 HTTP/1.1|Host: good.TEST:443", "connect good.test 443"],
  ["CONNECT good.test:443 HTTP/1.0", "connect good.test 443"],
  ["CONNECT [::1]:443 HTTP/1.1|Host: [::1]:443", "connect [::1] 443"],
  ["CONNECT good.test:443 HTTP/1.1|Host: evil.test:443", "host-mismatch good.test 443"],
  ["CONNECT good.test:443 HTTP/1.1|Host: good.test:80", "host-mismatch good.test 443"],
  [
    "CONNECT good.test:443 HTTP/1.1|Host: good.test|Host: good.test",
    "malformed-request good.test 443",
  ],
  [
    "CONNECT good.test:443 HTTP/1.1|Host: good.test|Content-Length: 3",
    "malformed-request good.test 443",
  ],
  ["CONNECT good.test:443 HTTP/1.1|Host: good.test|Content-Length: 0", "connect good.test 443"],
  ["CONNECT good.test:443 HTTP/1.1|Transfer-Encoding: chunked", "malformed-request good.test 443"],
  ["CONNECT good.test HTTP/1.1", "malformed-request"],
  ["CONNECT good.test: HTTP/1.1", "malformed-request"],
  ["CONNECT good.test:0 HTTP/1.1", "malformed-request"],
  ["CONNECT good.test:65536 HTTP/1.1", "malformed-request"],
  ["CONNECT good.test:0443 HTTP/1.1", "malformed-request"],
  ["CONNECT user@good.test:443 HTTP/1.1", "malformed-request"],
  ["CONNECT good.test:443/x HTTP/1.1", "malformed-request"],
  ["CONNECT https://good.test:443 HTTP/1.1", "malformed-request"],
  ["CONNECT ::1:443 HTTP/1.1", "malformed-request"],
  ["CONNECT / HTTP/1.1|Host: good.test", "malformed-request"],

  ["GET http://good.test/a?b HTTP/1.1|Host: good.test", "plain good.test 80 /a?b"],
  ["GET http://good.test HTTP/1.1|Host: good.test", "plain good.test 80 /"],
  ["GET http://good.test?q HTTP/1.1|Host: good.test", "plain good.test 80 /?q"],
  ["OPTIONS http://good.test HTTP/1.1|Host: good.test", "plain good.test 80 *"],
  ["GET HTTP://Good.Test/ HTTP/1.1|Host: good.test:80", "plain good.test 80 /"],
  ["GET http://good.test:8080/ HTTP/1.1|Host: good.test:8080", "plain good.test 8080 /"],
  ["GET http://good.test:8080/ HTTP/1.1|Host: good.test", "host-mismatch good.test 8080"],
  ["GET http://good.test/ HTTP/1.1|Host: evil.test", "host-mismatch good.test 80"],
  ["GET http://good.test/ HTTP/1.1|Host: good.test, evil.test", "malformed-request good.test 80"],
  [
    "GET http://good.test/ HTTP/1.1|Host: good.test|host: evil.test",
    "malformed-request good.test 80",
  ],
  ["GET http://good.test/ HTTP/1.1|Host: good.test.", "host-mismatch good.test 80"],
  ["GET http://good.test/ HTTP/1.1|Host: user@good.test", "malformed-request good.test 80"],
  ["GET http://good.test/ HTTP/1.1|Host:", "no-host good.test 80"],
  ["GET http://good.test/ HTTP/1.1", "no-host good.test 80"],
  ["GET http://good.test/#x HTTP/1.1|Host: good.test", "malformed-request good.test 80"],
  ["GET http://user:pw@good.test/ HTTP/1.1|Host: good.test", "malformed-request"],
  ["GET http://good.test\\@evil.test/ HTTP/1.1|Host: good.test", "malformed-request"],
  ["GET http:///path HTTP/1.1|Host: good.test", "malformed-request"],
  ["GET https://good.test/ HTTP/1.1|Host: good.test", "unsupported good.test 443"],
  ["GET ftp://good.test/ HTTP/1.1|Host: good.test", "unsupported good.test 80"],
  ["GET /path HTTP/1.1|Host: good.test", "malformed-request"],
  ["GET good.test:80 HTTP/1.1|Host: good.test", "malformed-request"],
  ["POST http://good.test/ HTTP/1.1|Host: good.test|Content-Length: 5", "plain good.test 80 /"],
  [
    "POST http://good.test/ HTTP/1.1|Host: good.test|Content-Length: 5|Content-Length: 5",
    "malformed-request good.test 80",
  ],
  [
    "POST http://good.test/ HTTP/1.1|Host: good.test|Content-Length: 5|Transfer-Encoding: chunked",
    "malformed-request good.test 80",
  ],
];

for (const [request, expected] of proxied) {
  test(`to a proxy: ${request}`, () => {
    assert.equal(summarise(readProxyTarget(makeHead(request))), expected);
  });
}

const origin: [request: string, expected: string][] = [
  ["GET /a HTTP/1.1|Host: good.test", "plain good.test 80 /a"],
  ["GET /a HTTP/1.0|Host: Good.Test:80", "plain good.test 80 /a"],
  ["OPTIONS * HTTP/1.1|Host: good.test", "plain good.test 80 *"],
  ["GET * HTTP/1.1|Host: good.test", "malformed-request good.test 80"],
  ["GET //evil.test/ HTTP/1.1|Host: good.test", "plain good.test 80 //evil.test/"],
  ["GET http://evil.test/ HTTP/1.1|Host: good.test", "malformed-request good.test 80"],
  ["CONNECT good.test:443 HTTP/1.1|Host: good.test", "malformed-request good.test 80"],
  ["GET /a HTTP/1.1|Host: good.test:8080", "host-mismatch good.test 8080"],
  ["GET /a HTTP/1.1", "no-host"],
  ["GET /a HTTP/1.1|Host: good.test|Host: evil.test", "malformed-request"],
  ["GET /a HTTP/1.1|Host: good.test/x", "malformed-request"],
];

for (const [request, expected] of origin) {
  test(`to port 80: ${request}`, () => {
    assert.equal(summarise(readOriginTarget(makeHead(request), 80)), expected);
  });
}

test("an authority is total, lower-case, and has no room for anything else", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const authority = parseAuthority(text, 80);
      if (authority) assert.doesNotMatch(authority.host, /[\s@/?#\\]/u);
    }),
    { numRuns: 2000 },
  );
});

function makeHead(request: string): RequestHead {
  const parsed = parseRequestHead(
    Buffer.from(`${request.split("|").join("\r\n")}\r\n\r\n`, "latin1"),
  );
  assert.equal(parsed?.kind, "head");
  return (parsed as { head: RequestHead }).head;
}

function summarise(target: RequestTarget): string {
  const words = [
    target.kind === "refused" ? target.reason : target.kind,
    target.host,
    target.port || "",
    target.kind === "plain" ? target.path : "",
  ];
  return words.filter((word) => word !== "").join(" ");
}
