import { after } from "node:test";
import { createServer, type IncomingMessage } from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Certificates } from "./certificates.ts";

/** What a server saw of a request. */
export type Seen = { method: string; path: string; headers: Record<string, unknown>; body: string };

export type Origin = {
  port: number;
  seen: Seen[];
  /** Connections that are open. */
  open: () => number;
};

/**
 * A server that says back everything it is sent, headers and body. `/chunks` says it in chunks of
 * two bytes, `/packed` with gzip, `/slow` over a second, `/big` a megabyte for each one asked for.
 */
export async function startOrigin(
  { key, cert }: Pick<Certificates, "key" | "cert">,
  protocol: "h1" | "h2",
): Promise<Origin> {
  const seen: Seen[] = [];
  const serve = protocol === "h1" ? startHttp1 : startHttp2;
  const server = serve({ key, cert }, seen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => void server.close());
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return { port: (server.address() as AddressInfo).port, seen, open: () => sockets.size };
}

type Keys = { key: string; cert: string };

function startHttp1(keys: Keys, seen: Seen[]): Server {
  const server = https.createServer(keys, (request, response) => {
    void collect(request).then(async (body) => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, path: url, headers, body });
      const text = JSON.stringify({ headers, url, body });
      if (url.startsWith("/packed")) response.setHeader("content-encoding", "gzip");
      if (url.startsWith("/broken")) return void request.socket.destroy();
      response.setHeader("x-echo", String(headers["x-api-key"] ?? ""));
      if (url.startsWith("/big")) return response.end(Buffer.alloc(1 << 20, "x"));
      if (url.startsWith("/length")) response.setHeader("content-length", Buffer.byteLength(text));
      for (const piece of split(text, url)) {
        response.write(piece);
        if (url.startsWith("/slow")) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return response.end();
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    seen.push({ method: "GET", path: request.url ?? "", headers: request.headers, body: "" });
    const head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    socket.write(head + String(request.headers["x-api-key"]));
    socket.on("data", (bytes) => socket.write(bytes));
  });
  return server;
}

function startHttp2(keys: Keys, seen: Seen[]): Server {
  const server = http2.createSecureServer(keys);
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (bytes: Buffer) => chunks.push(bytes));
    stream.on("error", () => {});
    stream.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const path = String(headers[":path"]);
      seen.push({ method: String(headers[":method"]), path, headers, body });
      if (path.startsWith("/broken")) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      const fields = { "x-echo": String(headers["x-api-key"] ?? "") };
      const packed = path.startsWith("/packed") ? { "content-encoding": "gzip" } : {};
      stream.respond({ ":status": 200, ...fields, ...packed }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", ...fields }));
      if (path.startsWith("/big")) return void stream.end(Buffer.alloc(1 << 20, "x"));
      const text = JSON.stringify({ headers: { ...headers }, url: path, body });
      for (const piece of split(text, path)) stream.write(piece);
      return void stream.end();
    });
  });
  return server;
}

function split(text: string, path: string): string[] {
  return path.startsWith("/chunks") ? (text.match(/.{1,2}/gsu) ?? []) : [text];
}

async function collect(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const bytes of request) chunks.push(bytes as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A plain server, for what must never be reached. */
export function startPlain(): Server {
  return createServer((_, response) => response.end("plain"));
}
