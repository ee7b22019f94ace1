import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../src/proxy/addresses.ts";
import {
  chooseUpstream,
  parseUpstream,
  renderAuthority,
  renderConnect,
  type UpstreamProxies,
} from "../../src/proxy/upstream.ts";
import type { Destination } from "../../src/proxy/rules.ts";

const proxies: [value: string, expected: object][] = [
  ["http://proxy.test:3128", { host: "proxy.test", port: 3128, credentials: undefined }],
  ["http://proxy.test", { host: "proxy.test", port: 80, credentials: undefined }],
  ["proxy.test:3128", { host: "proxy.test", port: 3128, credentials: undefined }],
  ["http://10.0.0.1:3128/", { host: "10.0.0.1", port: 3128, credentials: undefined }],
  ["http://[fd00::1]:3128", { host: "fd00::1", port: 3128, credentials: undefined }],
  [
    "http://user:p%40ss@proxy.test:1",
    { host: "proxy.test", port: 1, credentials: basic("user:p@ss") },
  ],
  ["http://user@proxy.test:1", { host: "proxy.test", port: 1, credentials: basic("user:") }],
];

for (const [value, expected] of proxies) {
  test(`${value} is a proxy`, () => {
    const { upstream, problems } = parse(value);
    assert.deepEqual(upstream.https, expected);
    assert.deepEqual(problems, []);
  });
}

for (const [value, problem] of [
  ["https://proxy.test", "`HTTPS_PROXY`: only http:// proxies can be gone through"],
  ["socks5://proxy.test", "`HTTPS_PROXY`: only http:// proxies can be gone through"],
  ["http://", "`HTTPS_PROXY` is not the address of a proxy"],
  ["http://u%zz@proxy.test", "`HTTPS_PROXY` is not the address of a proxy"],
  ["http://proxy.test:99999", "`HTTPS_PROXY` is not the address of a proxy"],
] as const) {
  test(`${value} is a problem`, () => {
    const { upstream, problems } = parse(value);
    assert.equal(upstream.https, undefined);
    assert.deepEqual(problems, [problem]);
  });
}

test("without variables there is no proxy and no problem", () => {
  const nothing = { httpsProxy: undefined, httpProxy: "", noProxy: undefined };
  assert.deepEqual(parseUpstream(nothing), {
    upstream: { https: undefined, http: undefined, exceptions: [] },
    problems: [],
  });
});

const exceptions: [noProxy: string, host: string, direct: boolean][] = [
  ["", "good.test", false],
  ["*", "good.test", true],
  ["good.test", "good.test", true],
  ["GOOD.test", "good.test", true],
  ["good.test", "sub.good.test", true],
  [".good.test", "sub.good.test", true],
  ["*.good.test", "sub.good.test", true],
  ["good.test", "notgood.test", false],
  ["other.test, good.test", "good.test", true],
  ["other.test good.test", "good.test", true],
  ["good.test:443", "good.test", true],
  ["good.test:80", "good.test", false],
  ["8.8.0.0/16", "8.8.8.8", true],
  ["8.8.8.8", "8.8.8.8", true],
  ["9.0.0.0/8", "8.8.8.8", false],
  ["", "8.8.8.8", false],
  ["", "10.0.0.1", true],
  ["", "127.0.0.1", true],
  ["[2606:4700::]/32", "2606:4700::1", true],
];

for (const [noProxy, host, direct] of exceptions) {
  test(`with NO_PROXY=\`${noProxy}\` ${host} is ${direct ? "reached directly" : "not"}`, () => {
    const { upstream } = parse("http://proxy.test", noProxy);
    const wish = { destination: makeDestination(host), port: 443, kind: "tunnel" } as const;
    assert.equal(chooseUpstream(upstream, wish) === undefined, direct);
  });
}

test("tunnels and plain requests may have different proxies", () => {
  const { upstream } = parseUpstream({
    httpsProxy: "http://tunnels.test",
    httpProxy: "http://requests.test",
    noProxy: undefined,
  });
  const destination = makeDestination("good.test");
  assert.equal(
    chooseUpstream(upstream, { destination, port: 443, kind: "tunnel" })?.host,
    "tunnels.test",
  );
  assert.equal(
    chooseUpstream(upstream, { destination, port: 80, kind: "request" })?.host,
    "requests.test",
  );
});

test("the request to the proxy names what the rules let through", () => {
  assert.equal(renderAuthority(makeDestination("good.test"), 443), "good.test:443");
  assert.equal(renderAuthority(makeDestination("2606:4700::1"), 443), "[2606:4700::1]:443");
  const proxy = { host: "proxy.test", port: 1, credentials: "Basic x" };
  assert.equal(
    renderConnect(proxy, "good.test:443").toString(),
    "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\nProxy-Authorization: Basic x\r\n\r\n",
  );
});

function parse(value: string, noProxy?: string): { upstream: UpstreamProxies; problems: string[] } {
  return parseUpstream({ httpsProxy: value, httpProxy: undefined, noProxy });
}

function makeDestination(host: string): Destination {
  const address = parseAddress(host);
  return address
    ? { kind: "addresses", name: "", addresses: [address] }
    : { kind: "name", name: host };
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}
