import type { Context } from "../proxy/context.ts";
import { dialFirst } from "../proxy/dial.ts";
import { createPayloadReader } from "../proxy/http-body.ts";
import { type AnswerFraming, readAnswer } from "../proxy/intercepted-answer.ts";
import { secureServer } from "../proxy/secure.ts";
import { chooseUpstream } from "../proxy/upstream.ts";
import { connectThrough } from "../proxy/upstream-connect.ts";

/** What a request of pale's own needs of the way that requests from inside take. */
export type Outside = Pick<Context, "resolve" | "dial" | "upstream" | "limits"> & {
  /** Whom to believe; PEM. */
  roots: string;
};

export type Errand = { host: string; path: string; body: string };

const MOST_BYTES = 1_048_576;

/**
 * Posts JSON to a server that shows that it is the one that was meant, and reads its answer.
 *
 * @throws Error when it cannot be reached, or says what cannot be read
 */
export async function postOutside(
  outside: Outside,
  { host, path, body }: Errand,
): Promise<{ status: number; text: string }> {
  const socket = await connectTo(outside, host);
  const { roots, limits } = outside;
  const milliseconds = limits.handshakeMilliseconds;
  const wish = { host, roots, protocols: ["http/1.1"], milliseconds } as const;
  const secured = await secureServer(socket, wish);
  if (secured.kind === "failed") throw new Error(`${host}: ${secured.detail ?? secured.reason}`);
  const server = secured.socket;
  server.on("error", () => {});
  const timer = setTimeout(() => server.destroy(), PATIENCE);
  try {
    server.write(renderPost({ host, path, body }));
    return await receive(server);
  } finally {
    clearTimeout(timer);
    server.destroy();
  }
}

const PATIENCE = 30_000;

function renderPost({ host, path, body }: Errand): string {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    "User-Agent: pale",
    "Accept: application/json",
    "Accept-Encoding: identity",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

async function connectTo({ resolve, dial, upstream, limits }: Outside, host: string) {
  const destination = { kind: "name", name: host } as const;
  const proxy = chooseUpstream(upstream, { destination, port: 443, kind: "tunnel" });
  const { signal } = new AbortController();
  const place = proxy ?? { host, port: 443 };
  const addresses = await resolve(place.host);
  const dialled = await dialFirst(addresses, { dial, limits, port: place.port, signal });
  if (dialled.kind === "failed") throw new Error(`${place.host}: ${dialled.reason}`);
  if (!proxy) return dialled.socket;
  const through = await connectThrough(dialled.socket, { proxy, authority: `${host}:443`, limits });
  if (!through) throw new Error("the upstream proxy did not connect");
  return through;
}

type Server = Parameters<typeof readAnswer>[0];

async function receive(server: Server): Promise<{ status: number; text: string }> {
  let answer = await readAnswer(server, { method: "POST" });
  while (answer.kind === "answer" && answer.status < 200) {
    answer = await readAnswer(server, { method: "POST" });
  }
  if (answer.kind === "refused") throw new Error(`the answer is not readable: ${answer.reason}`);
  return { status: answer.status, text: await readBody(server, answer.framing) };
}

async function readBody(server: Server, framing: AnswerFraming): Promise<string> {
  const reader = framing.kind === "until-end" ? undefined : createPayloadReader(framing);
  if (reader?.state() === "done") return "";
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const bytes of server) {
    const chunk = bytes as Buffer;
    pieces.push(...(reader ? reader.feed(chunk).output : [chunk]));
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error("the answer is too long");
    if (reader && reader.state() !== "more") break;
  }
  if (reader && reader.state() !== "done") throw new Error("the answer was cut off");
  return Buffer.concat(pieces).toString();
}
