import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { findProblem } from "../../src/proxy/http2-fields.ts";

const HOST = "api.example.com";
const SOUND = { ":method": "GET", ":scheme": "https", ":path": "/v1?a=b", ":authority": HOST };

describe("the fields of a request over HTTP/2", () => {
  for (const fields of [
    SOUND,
    { ...SOUND, ":method": "OPTIONS", ":path": "*" },
    { ...SOUND, ":authority": `${HOST}:443`, host: HOST },
    { ...SOUND, te: "trailers", "content-length": "4", "x-a": "\u00e4\t" },
  ]) {
    test(`are sound: ${JSON.stringify(fields)}`, () => {
      assert.equal(findProblem(HOST, fields), undefined);
    });
  }

  for (const [reason, more] of [
    ["malformed-request", { "x-a": "1\r\nx-b: 2" }],
    ["malformed-request", { "x-a": "1\n" }],
    ["malformed-request", { "x-a": "\0" }],
    ["malformed-request", { "x-a: b": "1" }],
    ["malformed-request", { "X-Upper": "1" }],
    ["malformed-request", { "content-length": "4, 5" }],
    ["malformed-request", { "content-length": "+4" }],
    ["malformed-request", { te: "gzip" }],
    ["malformed-request", { ":path": "" }],
    ["malformed-request", { ":path": "v1" }],
    ["malformed-request", { ":path": "*" }],
    ["malformed-request", { ":path": "/v1 HTTP/1.1\r\nx: y" }],
    ["malformed-request", { ":path": "/v1#a" }],
    ["malformed-request", { ":method": "GET /" }],
    ["malformed-request", { ":scheme": "http" }],
    ["unsupported", { ":method": "CONNECT" }],
    ["unsupported", { ":protocol": "websocket" }],
    ["host-mismatch", { ":authority": "evil.example" }],
    ["host-mismatch", { ":authority": `${HOST}:8443` }],
    ["host-mismatch", { ":authority": `user@${HOST}` }],
    ["host-mismatch", { host: "evil.example" }],
    ["host-mismatch", { ":method": "OPTIONS", ":path": "*", ":authority": "evil.example" }],
    ["no-host", { ":authority": undefined }],
  ] as const) {
    test(`are refused: ${JSON.stringify(more)}`, () => {
      assert.equal(findProblem(HOST, { ...SOUND, ...more }), reason);
    });
  }
});
