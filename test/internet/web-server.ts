import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createSecure } from "node:https";
import type { Server } from "node:net";
import { isRepository, serveGit } from "./git-backend.ts";
import type { Packages } from "./packages.ts";
import { serveEcho } from "./websocket.ts";

/** One request as a server of the world saw it. */
export type Seen = {
  host: string;
  path: string;
  address: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
};

export type Site = {
  key: string;
  cert: string;
  repositories: string;
  packages: Packages;
  onRequest: (seen: Seen) => void;
};

/** HTTPS on 443 and HTTP on 80 (and 8080), of every site at once. */
export async function startWebServer(address: string, site: Site): Promise<void> {
  const { key, cert } = site;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(site, request, response);
  };
  for (const [server, ports] of [
    [() => createSecure({ key, cert }, handle), [443, 8443]],
    [() => createPlain(handle), [80, 8080]],
  ] as const) {
    for (const port of ports) await listen(server().on("upgrade", serveEcho), port, address);
  }
}

/** HTTP/2 only. */
export async function startHttpTwoServer(address: string, site: Site): Promise<void> {
  const { key, cert } = site;
  const server = createSecureServer({ key, cert }, (request, response) => {
    const { authority: host, url, headers } = request;
    const seen = { host, path: url, address, headers };
    site.onRequest(seen);
    if (isRepository(url)) serveGit(site.repositories, request, response);
    else response.end(`HTTP/${request.httpVersion} ${url}\n`);
  });
  await listen(server, 443, address);
}

function answer(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "", "https://web.test");
  const host = request.headers.host ?? "";
  const address = request.socket.localAddress ?? "";
  site.onRequest({ host, path: pathname, address, headers: request.headers });
  const file = site.packages.get(pathname);
  if (file) {
    response.setHeader("content-type", file.type).end(file.body);
  } else if (isRepository(pathname)) {
    serveGit(site.repositories, request, response);
  } else if (pathname === "/events") {
    void sendEvents(response, searchParams);
  } else if (pathname === "/headers") {
    response.end(`${JSON.stringify(request.headers)}\n`);
  } else if (pathname === "/") {
    response.end(`${host} at ${address}\n`);
  } else {
    response.writeHead(404).end(`no ${pathname}\n`);
  }
}

/** `?count=N&gap=MILLISECONDS`: N events with silence between them. */
async function sendEvents(response: ServerResponse, parameters: URLSearchParams): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const gap = Number(parameters.get("gap"));
  for (let number = 1; number <= Number(parameters.get("count")); number += 1) {
    response.write(`data: event ${number}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, gap));
  }
  response.end();
}

function listen(
  server: Pick<Server, "listen" | "once">,
  port: number,
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve());
  });
}
