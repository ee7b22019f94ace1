import { type ChildProcess, execFile, spawn } from "node:child_process";
import * as http2 from "node:http2";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { certifyHost, makeAuthority } from "../../src/certificates/certificate.ts";
import { dialFromHost } from "../../src/proxy/host-network.ts";
import { DEFAULT_LIMITS } from "../../src/proxy/limits.ts";
import { startProxy } from "../../src/proxy/server.ts";
import { NO_UPSTREAM } from "../../src/proxy/upstream.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { makeRules } from "../proxy/start.ts";

/**
 * `bun test/bench/interception.ts`: what it costs that a connection ends at the proxy, against the
 * tunnel to the same server: throughput both ways, 200 requests at once, memory and open files.
 *
 * Exits 1 when a promise is missed: no request lost, at most 200 MB, no file left open.
 */

const [SERVER, FORWARD, FORWARD2] = [22_001, 22_003, 22_004];
const MEGABYTES = 100;
const DAY = 86_400_000;
const validity = { from: new Date(Date.now() - DAY), until: new Date(Date.now() + DAY) };

/** The two proxies as a process: `bench.test` ends there at one, and goes through the other. */
async function serve(directory: string): Promise<void> {
  const [one, two] = ["outside", "inside"].map((name) => ({
    name,
    key: readFileSync(join(directory, `${name}.key`), "utf8"),
    certificate: readFileSync(join(directory, `${name}.pem`), "utf8"),
  }));
  if (!one || !two) throw new Error("no authorities");
  const secret = new Secret("key", "sk-real-0123456789abcdef");
  const credential = {
    name: "key",
    placeholder: "sk-fake-0123456789abcdef",
    read: () => Promise.resolve(secret),
    values: () => [{ secret, placeholder: "sk-fake-0123456789abcdef" }],
  };
  const inject = { credential, kind: "bearer" } as const;
  const rules = [{ methods: [], paths: [], inject }];
  const shown = certifyHost(two, "bench.test", validity);
  const interceptions = {
    find: (host: string) => ({ host, credentials: [credential], rules }),
    certify: () => shown,
    roots: one.certificate,
  };
  for (const [port, used] of [
    [FORWARD, undefined],
    [FORWARD2, interceptions],
  ] as const) {
    await startProxy({
      listeners: { proxy: { host: "127.0.0.1", port } },
      policy: () => makeRules({ allow: ["bench.test"] }),
      resolve: async () => ["93.184.216.34"],
      dial: () => dialFromHost("127.0.0.1", SERVER),
      hostNetworks: () => [],
      upstream: NO_UPSTREAM,
      limits: DEFAULT_LIMITS,
      onDecision: () => {},
      onFault: (error) => process.stderr.write(`fault: ${String(error)}\n`),
      interceptions: used,
    });
  }
}

function startServers(keys: { key: string; certificate: string }): void {
  const options = { key: keys.key, cert: keys.certificate, allowHTTP1: true };
  const server = http2.createSecureServer(options, (request, response) => {
    if (request.method === "GET") {
      const size = request.url.startsWith("/big") ? MEGABYTES << 20 : 100;
      return void response.end(Buffer.alloc(size, "x"));
    }
    let length = 0;
    request.on("data", (bytes: Buffer) => (length += bytes.length));
    request.on("end", () => response.end(String(length)));
  });
  server.listen(SERVER, "127.0.0.1");
}

async function main(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "pale-bench-"));
  const authorities = ["outside", "inside"].map((name) => {
    const made = { name, ...makeAuthority(name, validity) };
    writeFileSync(join(directory, `${name}.key`), made.key);
    writeFileSync(join(directory, `${name}.pem`), made.certificate);
    return made;
  });
  const [outside] = authorities;
  if (!outside) throw new Error("no authority");
  startServers(certifyHost(outside, "bench.test", validity));
  const body = join(directory, "body");
  writeFileSync(body, Buffer.alloc(MEGABYTES << 20, "y"));
  const proxy = spawn(process.execPath, [import.meta.filename, "serve", directory], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await sleep(1500);
  const before = countFiles(proxy);
  const ways = { tunnel: [FORWARD, "outside"], intercepted: [FORWARD2, "inside"] } as const;
  let lost = 0;
  for (const flag of ["--http1.1", "--http2"]) {
    for (const [name, [port, trusted]] of Object.entries(ways)) {
      const words = [
        flag,
        "-x",
        `http://127.0.0.1:${port}`,
        "--cacert",
        join(directory, `${trusted}.pem`),
      ];
      const down = await time([...words, "https://bench.test/big"]);
      const up = await time([...words, "--data-binary", `@${body}`, "https://bench.test/up"]);
      print(`${flag} ${name}, down and up`, `${down} MB/s, ${up} MB/s`);
      lost += await askMany(words);
    }
  }
  const deadline = Date.now() + 10_000;
  while (countFiles(proxy) > before && Date.now() < deadline) await sleep(100);
  const left = countFiles(proxy) - before;
  const peak = readPeak(proxy);
  print("open files left", String(left));
  print("memory of the proxies' process, at most", `${peak} MB`);
  proxy.kill();
  rmSync(directory, { recursive: true });
  return lost === 0 && left <= 0 && peak <= 200 ? 0 : 1;
}

async function askMany(words: readonly string[]): Promise<number> {
  const started = performance.now();
  const many = ["--parallel", "--parallel-max", "200", "-w", "%{http_code}\\n", "-o", "/dev/null"];
  const { stdout } = await curl([...words, ...many, "https://bench.test/[1-200]"]);
  const whole = stdout.split("\n").filter((line) => line === "200").length;
  print(
    "  200 requests at once",
    `${whole} answered in ${Math.round(performance.now() - started)} ms`,
  );
  return 200 - whole;
}

async function time(words: readonly string[]): Promise<number> {
  const started = performance.now();
  const { error } = await curl([...words, "-o", "/dev/null"]);
  if (error) throw error;
  return Math.round((MEGABYTES * 1000) / (performance.now() - started));
}

function curl(words: readonly string[]): Promise<{ stdout: string; error: Error | null }> {
  return new Promise((resolve) => {
    execFile("curl", ["-sS", ...words], { env: {} }, (error, stdout) => resolve({ stdout, error }));
  });
}

function countFiles({ pid }: ChildProcess): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(46)} ${value}\n`);
}

function readPeak({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/u.exec(status)?.[1]) / 1024);
}

if (process.argv[2] === "serve") await serve(process.argv[3] ?? "");
else process.exit(await main());
