import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dialFromHost } from "../../src/proxy/host-network.ts";
import { DEFAULT_LIMITS } from "../../src/proxy/limits.ts";
import { startProxy } from "../../src/proxy/server.ts";
import { NO_UPSTREAM } from "../../src/proxy/upstream.ts";
import { intoRecords, makeMessage } from "../proxy/hello.ts";
import { makeRules } from "../proxy/start.ts";

/**
 * `bun test/bench/proxy.ts`: what the proxy costs. Throughput against socat as a plain TCP
 * splice, time that one request takes longer than without a proxy, 500 connections at once, and
 * memory. Everything is on loopback; contenders take turns, and results are ratios of medians.
 *
 * Exits 1 when a promise is missed: 60 % of socat's throughput, 1 ms for a request, and no loss.
 */

const ROUNDS = Number(process.env["PALE_BENCH_ROUNDS"] ?? 5);
const BYTES = 1_500_000_000;
const REQUESTS = 2000;
const CONNECTIONS = 500;

async function main(): Promise<number> {
  const source = start("socat", ["-u", "-b", "262144", "OPEN:/dev/zero", listenAt(SOURCE)]);
  const splice = start("socat", [listenAt(SPLICE), `TCP:127.0.0.1:${SOURCE}`]);
  const web = createHttp((_, response) => response.end("ok")).listen(WEB, "127.0.0.1");
  const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(ECHO);
  const proxy = start(process.execPath, [import.meta.filename, "serve"]);
  await sleep(1500);
  const kept = [
    await measureThroughput(),
    await measureRequests(),
    await measureConnections(),
    reportMemory(proxy),
  ];
  for (const child of [source, splice, proxy]) child.kill();
  for (const server of [web, echo]) server.close();
  return kept.every(Boolean) ? 0 : 1;
}

const [SOURCE, SPLICE, WEB, ECHO, FORWARD, SOCKS, TLS, HTTP] = [
  21_001, 21_002, 21_003, 21_004, 21_005, 21_006, 21_007, 21_008,
];

function at(port: number): { host: string; port: number } {
  return { host: "127.0.0.1", port };
}

/** The proxy as a process of its own. Its internet is the ports above. */
async function serve(): Promise<void> {
  const rules = makeRules({
    allow: ["bench.test", `bench.test:${SOURCE}`, `bench.test:${ECHO}`, "localhost"],
  });
  const ports: Record<number, number> = { 443: ECHO, 80: WEB };
  const listeners = { proxy: at(FORWARD), socks: at(SOCKS), tls: at(TLS), http: at(HTTP) };
  await startProxy({
    listeners,
    policy: () => rules,
    resolve: async () => ["93.184.216.34"],
    dial: (_, port) => dialFromHost("127.0.0.1", ports[port] ?? port),
    hostNetworks: () => [],
    upstream: NO_UPSTREAM,
    limits: DEFAULT_LIMITS,
    onDecision: () => {},
    onFault: (error) => process.stderr.write(`fault: ${String(error)}\n`),
  });
}

async function measureThroughput(): Promise<boolean> {
  const contenders = [
    { name: "direct", address: `TCP:127.0.0.1:${SOURCE}`, speeds: [] as number[] },
    { name: "socat", address: `TCP:127.0.0.1:${SPLICE}`, speeds: [] as number[] },
    {
      name: "pale",
      address: `PROXY:127.0.0.1:bench.test:${SOURCE},proxyport=${FORWARD}`,
      speeds: [] as number[],
    },
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { address, speeds } of contenders) speeds.push(await receive(address));
  }
  const speed = (name: string): number => {
    return median(contenders.find((contender) => contender.name === name)?.speeds ?? []);
  };
  for (const { name } of contenders) print(`throughput ${name}`, `${Math.round(speed(name))} MB/s`);
  const ratio = speed("pale") / speed("socat");
  print("throughput, pale to socat", `${ratio.toFixed(2)} (promised: at least 0.60)`);
  return ratio >= 0.6;
}

/** MB/s of a receiver that is a process of its own. */
async function receive(address: string): Promise<number> {
  const options = ["-u", "-b", "262144", `${address},readbytes=${BYTES}`, "OPEN:/dev/null,wronly"];
  const started = performance.now();
  await once(start("socat", options), "exit");
  return BYTES / 1000 / (performance.now() - started);
}

async function measureRequests(): Promise<boolean> {
  const request = Buffer.alloc(300, "x");
  const direct = await timeExchanges(await open(ECHO), request);
  const tunnel = await timeExchanges(await openTunnel(`bench.test:${ECHO}`), request);
  const get = "GET / HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n\r\n";
  const absolute = get.replace("GET /", "GET http://bench.test/");
  const plainDirect = await timeConnections(() => open(WEB), get);
  const plain = await timeConnections(() => open(FORWARD), absolute);
  const hello = intoRecords(makeMessage({ serverName: "bench.test" }), 16_384);
  const firstDirect = await timeConnections(() => open(ECHO), hello);
  const first = await timeConnections(() => open(TLS), hello);
  const connect = await timeConnections(() => openTunnel("bench.test:443"), hello);
  const rows = [
    ["request in an open tunnel", tunnel - direct],
    ["plain request, new connection", plain - plainDirect],
    ["TLS hello, new connection", first - firstDirect],
    ["TLS hello, new CONNECT tunnel", connect - firstDirect],
  ] as const;
  for (const [name, added] of rows) {
    print(`p50 added, ${name}`, `${added.toFixed(3)} ms (promised: less than 1)`);
  }
  return rows.every(([, added]) => added < 1);
}

/** Median of one exchange after the other on one connection, in milliseconds. */
async function timeExchanges(socket: Socket, request: Buffer): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < REQUESTS; count += 1) {
    const started = performance.now();
    socket.write(request);
    await readBytes(socket, request.length);
    times.push(performance.now() - started);
  }
  socket.destroy();
  return median(times);
}

/** Median from before the connection is made to the first byte of the answer, in milliseconds. */
async function timeConnections(
  make: () => Promise<Socket>,
  request: string | Buffer,
): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < REQUESTS / 4; count += 1) {
    const started = performance.now();
    const socket = await make();
    socket.write(request);
    await readBytes(socket, 1);
    times.push(performance.now() - started);
    socket.destroy();
  }
  return median(times);
}

async function measureConnections(): Promise<boolean> {
  const message = Buffer.alloc(10_000, "pale ");
  const started = performance.now();
  const whole = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = await openTunnel(`bench.test:${ECHO}`);
      socket.write(message);
      const answer = await readBytes(socket, message.length);
      socket.destroy();
      return answer.equals(message);
    }),
  );
  const kept = whole.filter(Boolean).length;
  const milliseconds = Math.round(performance.now() - started);
  print(`${CONNECTIONS} connections at once`, `${kept} whole, in ${milliseconds} ms`);
  return kept === CONNECTIONS;
}

function reportMemory(proxy: ChildProcess): boolean {
  const status = readFileSync(`/proc/${proxy.pid}/status`, "utf8");
  const [resident, peak] = ["VmRSS", "VmHWM"].map((name) => {
    return Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`, "u").exec(status)?.[1]) / 1024);
  });
  print("memory of the proxy's process", `${resident} MB, ${peak} MB at most`);
  return true;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

async function openTunnel(authority: string): Promise<Socket> {
  const socket = await open(FORWARD);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\n\r\n`);
  const answer = await readBytes(socket, "HTTP/1.1 200 Connection established\r\n\r\n".length);
  if (!answer.includes(" 200 ")) throw new Error(answer.toString());
  return socket;
}

function readBytes(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < length) return;
      socket.off("data", onData).off("error", reject).off("close", reject);
      resolve(Buffer.concat(chunks));
    };
    socket.on("data", onData).on("error", reject).on("close", reject);
  });
}

function start(program: string, options: string[]): ChildProcess {
  return spawn(program, options, { stdio: ["ignore", "ignore", "ignore"] });
}

function listenAt(port: number): string {
  return `TCP-LISTEN:${port},fork,reuseaddr,bind=127.0.0.1`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(46)} ${value}\n`);
}

if (process.argv[2] === "serve") await serve();
else process.exit(await main());
