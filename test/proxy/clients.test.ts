import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttp, request, type RequestOptions } from "node:http";
import { createSecureServer, type Http2ServerResponse } from "node:http2";
import { join } from "node:path";
import { test } from "node:test";
import { requireTool, requireTools } from "../helpers/requires.ts";
import { makeCertificates } from "./certificates.ts";
import { makeDirectory } from "./directory.ts";
import { makeInternet, PUBLIC } from "./internet.ts";
import { listen, openTunnel, secure } from "./sockets.ts";
import { startTestProxy } from "./start.ts";

/** Programs as they are, each through the door that it knows. */

const certificates = makeCertificates(["good.test", "evil.test"]);
const repository = makeRepository();

const secureServer = createSecureServer(
  { ...certificates, allowHTTP1: true },
  (request, response) => {
    const path = new URL(request.url, "https://good.test").pathname;
    if (path.startsWith("/repository.git/")) return sendFile(path, response);
    if (path === "/events") return sendEvents(response);
    response.end(`HTTP/${request.httpVersion} ${request.method} ${path}`);
  },
);
const plain = createHttp((request, response) => response.end(`plain ${request.url}`));
const servers = {
  [`${PUBLIC}:443`]: await listen(secureServer),
  [`${PUBLIC}:80`]: await listen(plain),
};
const internet = makeInternet({ "good.test": [PUBLIC], "evil.test": [PUBLIC] }, servers);
const proxy = await startTestProxy({ internet, allow: ["good.test"] });
const forward = `http://127.0.0.1:${proxy.proxy}`;

const curls: [what: string, options: string[], expected: RegExp][] = [
  ["HTTPS", ["-x", forward, "--http1.1", "https://good.test/a"], /^HTTP\/1\.1 GET \/a$/u],
  ["HTTP/2", ["-x", forward, "--http2", "https://good.test/a"], /^HTTP\/2\.0 GET \/a$/u],
  ["HTTP", ["-x", forward, "http://good.test/a"], /^plain \/a$/u],
  ["HTTP in a tunnel", ["-p", "-x", forward, "http://good.test/a"], /^plain \/a$/u],
  ["HTTP/2 in clear", ["--http2", "-x", forward, "http://good.test/a"], /^plain \/a$/u],
  ["SOCKS", ["-x", `socks5h://127.0.0.1:${proxy.socks}`, "https://good.test/a"], /GET \/a$/u],
  [
    "no proxy, TLS",
    ["--connect-to", `::127.0.0.1:${proxy.tls}`, "https://good.test/a"],
    /GET \/a$/u,
  ],
  ["no proxy", ["--connect-to", `::127.0.0.1:${proxy.http}`, "http://good.test/a"], /^plain \/a$/u],
];

for (const [what, options, expected] of curls) {
  test(`curl, ${what}`, async (context) => {
    if (!requireTool(context, "curl")) return;
    const allowed = await run("curl", ["-sS", "--cacert", certificates.caFile, ...options]);
    assert.match(allowed.output, expected);
    const evil = options.map((option) => option.replace("good.test", "evil.test"));
    const denied = await run("curl", ["-sSf", "--cacert", certificates.caFile, ...evil]);
    assert.notEqual(denied.status, 0);
    assert.match(denied.output, /403|SOCKS5.*\(2\)|access denied/u);
    assert.equal(proxy.decisions.at(-1)?.reason, "not-listed");
  });
}

test("curl shows the reason of a refused plain request", async (context) => {
  if (!requireTool(context, "curl")) return;
  const { output } = await run("curl", ["-sS", "-x", forward, "http://evil.test/"]);
  assert.match(output, /evil\.test:80 is refused: .*\nallow it with: pale allow evil\.test/u);
});

test("git clones over HTTPS", async (context) => {
  if (!requireTool(context, "git")) return;
  const target = join(makeDirectory(), "clone");
  const options = ["-c", `http.proxy=${forward}`, "-c", `http.sslCAInfo=${certificates.caFile}`];
  const clone = (host: string): ReturnType<typeof run> => {
    return run("git", [...options, "clone", "-q", `https://${host}/repository.git`, target]);
  };
  const denied = await clone("evil.test");
  assert.notEqual(denied.status, 0);
  assert.match(denied.output, /403/u);
  assert.deepEqual(await clone("good.test"), { status: 0, output: "" });
  assert.equal(readFileSync(join(target, "file"), "utf8"), "from far away\n");
});

test("Python's urllib, by its environment", async (context) => {
  if (!requireTool(context, "python3")) return;
  const script = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())";
  const environment = { https_proxy: forward, SSL_CERT_FILE: certificates.caFile };
  const allowed = await run("python3", ["-c", script, "https://good.test/a"], environment);
  assert.deepEqual(allowed, { status: 0, output: "HTTP/1.1 GET /a\n" });
  const denied = await run("python3", ["-c", script, "https://evil.test/a"], environment);
  assert.match(
    denied.output,
    /Tunnel connection failed: 403 pale: evil\.test:443 is refused: .*\(pale allow evil\.test\)/u,
  );
});

test("npm, by its options", async (context) => {
  if (!requireTools(context, ["npm", "node"])) return;
  const before = proxy.decisions.length;
  assert.match((await pingRegistry("evil.test")).output, /403|evil\.test/u);
  assert.equal(proxy.decisions.at(-1)?.reason, "not-listed");
  await pingRegistry("good.test");
  assert.ok(
    proxy.decisions
      .slice(before)
      .some(({ host, verdict }) => `${host} ${verdict}` === "good.test allow"),
  );
});

test("this runtime's fetch, with a stream of events", async () => {
  const options = { proxy: forward, tls: { ca: certificates.ca } } as RequestInit;
  const response = await fetch("https://good.test/events", options);
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) pieces.push(decoder.decode(piece as Uint8Array));
  assert.equal(pieces.join(""), "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
  assert.ok(pieces.length >= 3, `${pieces.length} pieces`);
  await assert.rejects(async () => {
    const refused = await fetch("https://evil.test/", options);
    if (!refused.ok) throw new Error(`${refused.status}`);
  });
  assert.equal(proxy.decisions.at(-1)?.reason, "not-listed");
});

test("node:http over TLS in a tunnel", async () => {
  const tunnel = await openTunnel(proxy.proxy, "good.test:443");
  const socket = await secure(tunnel, { servername: "good.test", ca: certificates.ca });
  const options = { host: "good.test", path: "/a", createConnection: () => socket };
  assert.equal(await fetchBody(options), "HTTP/1.1 GET /a");
});

test("node:http to the forward proxy", async () => {
  const headers = { Host: "good.test" };
  const options = { host: "127.0.0.1", port: proxy.proxy, path: "http://good.test/a", headers };
  assert.equal(await fetchBody(options), "plain /a");
});

function fetchBody(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    request(options, (response) => response.setEncoding("utf8").on("data", resolve))
      .on("error", reject)
      .end();
  });
}

function pingRegistry(host: string): ReturnType<typeof run> {
  const trust = `--cafile=${certificates.caFile}`;
  const options = ["--fetch-retries=0", "--registry", `https://${host}/`, trust];
  return run("npm", ["ping", `--https-proxy=${forward}`, "--noproxy=", ...options]);
}

function sendFile(path: string, response: Http2ServerResponse): void {
  try {
    response.end(readFileSync(join(repository, path.slice("/repository.git/".length))));
  } catch {
    response.statusCode = 404;
    response.end();
  }
}

function sendEvents(response: Http2ServerResponse): void {
  let count = 0;
  const timer = setInterval(() => {
    response.write(`data: ${count}\n\n`);
    count += 1;
    if (count < 5) return;
    clearInterval(timer);
    response.end();
  }, 40);
}

/** A repository that git can fetch as plain files. */
function makeRepository(): string {
  const directory = makeDirectory();
  const script = `
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    git init -q . && echo from far away > file && git add file && git commit -qm one &&
    git update-server-info`;
  execFileSync("sh", ["-c", script], { cwd: directory });
  return join(directory, ".git");
}

/** Runs a program to its end; what it says on either output, and its exit code. */
async function run(
  program: string,
  options: string[],
  environment: Record<string, string> = {},
): Promise<{ status: number; output: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, NO_PROXY: "", no_proxy: "", GIT_TERMINAL_PROMPT: "0", ...environment };
  const child = spawn(program, options, { env, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => chunks.push(bytes));
  }
  const status = await new Promise<number>((resolve) =>
    child.on("close", (code) => resolve(code ?? -1)),
  );
  return { status, output: Buffer.concat(chunks).toString() };
}
