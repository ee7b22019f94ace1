import assert from "node:assert/strict";
import test, { describe } from "node:test";
import type { Credential, LiveInjection } from "../../src/proxy/credential.ts";
import { injectCredential } from "../../src/proxy/inject.ts";
import { Secret } from "../../src/secrets/secret.ts";

const VALUE = "real/$&1";
const credential: Credential = {
  name: "key",
  placeholder: "fake-0001",
  read: () => Promise.resolve(new Secret("key", VALUE)),
  values: () => [],
};

const OUTGOING = {
  path: "/v1?a=%20b&key=old",
  headers: [
    { name: "Host", value: "api.example" },
    { name: "X-Api-Key", value: "fake-0001" },
    { name: "authorization", value: "Bearer something" },
  ],
};

function inject(injection: LiveInjection, outgoing = OUTGOING) {
  const { path, headers } = injectCredential(outgoing, injection, VALUE);
  return [path, ...headers.map(({ name, value }) => `${name}: ${value}`)];
}

describe("a credential", () => {
  test("goes into the header that its rule names, in the place of every other one", () => {
    assert.deepEqual(inject({ credential, kind: "header", name: "x-api-key" }), [
      "/v1?a=%20b&key=old",
      "Host: api.example",
      "authorization: Bearer something",
      `x-api-key: ${VALUE}`,
    ]);
  });

  test("goes in as a bearer, and where the client has its placeholder", () => {
    assert.deepEqual(inject({ credential, kind: "bearer" }), [
      "/v1?a=%20b&key=old",
      "Host: api.example",
      `X-Api-Key: ${VALUE}`,
      `authorization: Bearer ${VALUE}`,
    ]);
  });

  test("goes in as the password of a user", () => {
    const words = Buffer.from(`git:${VALUE}`).toString("base64");
    assert.ok(
      inject({ credential, kind: "basic", user: "git" }).includes(`authorization: Basic ${words}`),
    );
  });

  test("goes into the query, where the other parameters stay as they are", () => {
    const [path] = inject({ credential, kind: "query", name: "key" });
    assert.equal(path, `/v1?a=%20b&key=${encodeURIComponent(VALUE)}`);
    const bare = inject({ credential, kind: "query", name: "key" }, { path: "/v1", headers: [] });
    assert.deepEqual(bare, [`/v1?key=${encodeURIComponent(VALUE)}`]);
  });

  test("is not sent twice by another spelling of the parameter", () => {
    const outgoing = { path: "/v1?%6bey=old&x", headers: [] };
    assert.deepEqual(inject({ credential, kind: "query", name: "key" }, outgoing), [
      `/v1?x&key=${encodeURIComponent(VALUE)}`,
    ]);
  });
});
