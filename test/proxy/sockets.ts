import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";

/** Starts a server on a loopback port of its own; it ends with the test file. */
export async function listen(
  server: Pick<Server, "listen" | "address" | "close">,
): Promise<number> {
  const listening = new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  await listening;
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that hands every connection to `serve`, and what each has sent it; by itself it only listens. */
export async function startRawServer(
  serve: (socket: Socket) => void = (socket) => void socket.on("end", () => socket.end()),
): Promise<{ port: number; received: Buffer[]; connections: () => number }> {
  const received: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    socket.on("data", (bytes: Buffer) => received.push(bytes));
    serve(socket);
  });
  after(() => open.forEach((socket) => socket.destroy()));
  return { port: await listen(server), received, connections: () => open.size };
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

/** Everything that comes until the other side has ended. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => socket.on("end", resolve).on("close", () => resolve()));
  return Buffer.concat(chunks);
}

/** Sends bytes on a connection of its own and gives what comes back until the end. */
export async function converse(port: number, ...bytes: (string | Uint8Array)[]): Promise<string> {
  const socket = await openSocket(port);
  for (const part of bytes) socket.write(part);
  const answer = await readAll(socket);
  socket.destroy();
  return answer.toString("latin1");
}

/** Reads one HTTP head, or `length` bytes; what follows stays in the socket. */
export async function readSome(socket: Socket, length?: number): Promise<string> {
  let text = "";
  for (;;) {
    const head = text.indexOf("\r\n\r\n") + 4;
    const end = length ?? (head > 3 ? head : Infinity);
    if (text.length >= end) {
      if (text.length > end) socket.unshift(Buffer.from(text.slice(end), "latin1"));
      return text.slice(0, end);
    }
    const chunk = socket.read() as Buffer | null;
    if (chunk) text += chunk.toString("latin1");
    else if (socket.readableEnded || socket.destroyed) return text;
    else await Promise.race(["readable", "end", "close"].map((event) => once(socket, event)));
  }
}

/** A tunnel through the forward proxy; the answer to CONNECT is checked. */
export async function openTunnel(proxy: number, authority: string): Promise<Socket> {
  const socket = await openSocket(proxy);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const head = await readSome(socket);
  if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head);
  return socket;
}

/** TLS over a socket, up to the end of the handshake. */
export async function secure(socket: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  const encrypted = connectTls({ socket, ...options });
  await once(encrypted, "secureConnect");
  encrypted.on("error", () => {});
  return encrypted;
}

/** Writes one block after the other until nobody takes them, or `most` bytes; gives how many. */
export async function writeUntilStuck(
  socket: Socket,
  block: Buffer,
  most: number,
): Promise<number> {
  let sent = 0;
  for (; sent < most; sent += block.length) {
    if (socket.write(block)) continue;
    const drained = once(socket, "drain").then(() => true);
    const stuck = new Promise<boolean>((resolve) => setTimeout(resolve, 1500, false));
    if (!(await Promise.race([drained, stuck]))) break;
  }
  return sent;
}

/** Waits until something holds, or fails. */
export async function until(holds: () => boolean, what = "it"): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
