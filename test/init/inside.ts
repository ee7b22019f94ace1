import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";

/**
 * `auto` shows these under their own number, so they are others in each run of the tests. A test
 * hands its own to the program that listens.
 */
export const BASE = Number(process.argv[2]) || 11_000 + (process.pid % 1000) * 20;

/**
 * What listens in a network of its own. Says `ready` and its process id; takes `listen PORT HOST`
 * and `close PORT` on the port `CONTROL`.
 */
export const PORTS = {
  control: BASE,
  echo: BASE + 1,
  /** Answers with the digest of everything that came, after the end of it. */
  digest: BASE + 2,
  /** Sends `BLOCKS` blocks. */
  source: BASE + 3,
  /** Says half of something and breaks the connection. */
  broken: BASE + 4,
  /** Says nothing, and never ends by itself. */
  silent: BASE + 5,
  four: BASE + 11,
  any: BASE + 12,
  six: BASE + 13,
  /** On an address of loopback that is not 127.0.0.1. */
  second: BASE + 14,
} as const;

export const BLOCK = Buffer.alloc(1 << 20, "pale and interesting ");
export const BLOCKS = 64;

const HTTP = [
  ["four", "127.0.0.1"],
  ["any", "0.0.0.0"],
  ["six", "::1"],
  ["second", "127.0.0.2"],
] as const;

const extra = new Map<number, Server>();

function serve(port: number, onConnection: (client: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => {});
    onConnection(client);
  });
  return new Promise((resolve) => void server.listen(port, "127.0.0.1", resolve));
}

async function control(line: string): Promise<void> {
  const [word, port, host] = line.trim().split(" ");
  if (word === "listen") {
    const server = createServer((client) => client.end("extra"));
    extra.set(Number(port), server);
    await new Promise<void>((resolve) => void server.listen(Number(port), host, resolve));
    return;
  }
  await new Promise((resolve) => extra.get(Number(port))?.close(resolve));
}

async function sendBlocks(client: Socket): Promise<void> {
  for (let i = 0; i < BLOCKS; i += 1) {
    if (client.write(BLOCK)) continue;
    await new Promise((resolve) => client.once("drain", resolve));
  }
  client.end();
}

if (import.meta.main) {
  await serve(PORTS.control, (client) => {
    client.on("data", (line: Buffer) => {
      void control(line.toString()).then(() => client.end("done"));
    });
  });
  await serve(PORTS.echo, (client) => client.pipe(client));
  await serve(PORTS.digest, (client) => {
    const hash = createHash("sha256");
    client.on("data", (bytes: Buffer) => hash.update(bytes));
    client.on("end", () => client.end(hash.digest("hex")));
  });
  await serve(PORTS.source, (client) => void sendBlocks(client));
  await serve(PORTS.broken, (client) => {
    client.write("half");
    client.once("data", () => client.resetAndDestroy());
  });
  await serve(PORTS.silent, (client) => client.resume());
  for (const [name, host] of HTTP) {
    const server = createHttpServer((_, response) => response.end(name));
    await new Promise<void>((resolve) => void server.listen(PORTS[name], host, resolve));
  }
  process.stdout.write(`ready ${process.pid}\n`);
}
