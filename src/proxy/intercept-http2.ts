import * as http2 from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Refusal } from "./context.ts";
import {
  type Account,
  type Prepared,
  prepareRequest,
  refuse,
  type Way,
} from "./intercepted-request.ts";
import { isEncoded } from "./intercepted-answer.ts";
import type { Header } from "./http-head.ts";
import { parseAuthority } from "./http-target.ts";
import { answerBody } from "./own-answer.ts";
import { describeReason } from "./reasons.ts";
import { explainRefusal } from "./refuse.ts";
import type { Scrubber } from "./scrub.ts";

/** Each stream of the client is looked at like a connection of its own. */
export async function relayHttp2(way: Way, server: TLSSocket): Promise<void> {
  const upstream = http2.connect(`https://${way.interception.host}`, {
    createConnection: () => server,
    settings: { enablePush: false },
  });
  upstream.on("error", () => server.destroy());
  const session = serve(way, (stream, headers) => relayStream(way, { stream, headers, upstream }));
  upstream.once("close", () => session.close());
  server.once("close", () => session.close());
  await new Promise<void>((resolve) => {
    way.session.client.once("close", () => {
      upstream.destroy();
      server.destroy();
      resolve();
    });
  });
}

/** The only thing that a client is told whose server cannot be made sure of. */
export async function refuseHttp2(way: Way, refusal: Refusal): Promise<void> {
  serve(way, async (stream) => answer(stream, refusal));
}

type Serve = (stream: http2.ServerHttp2Stream, headers: Headers) => Promise<void>;

type Headers = http2.IncomingHttpHeaders;

const MOST_STREAMS = 128;

/** A server for this one connection. */
function serve(way: Way, handle: Serve): { close: () => void } {
  const { client } = way.session;
  const server = http2.createServer({
    settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: 65_536 },
  });
  server.on("sessionError", () => client.destroy());
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    handle(stream, headers).catch((error: unknown) => {
      if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      if (!(error instanceof Error && "code" in error)) throw error;
    });
  });
  server.emit("connection", client);
  return { close: () => client.destroySoon() };
}

type Stream = {
  stream: http2.ServerHttp2Stream;
  headers: Headers;
  upstream: http2.ClientHttp2Session;
};

async function relayStream(way: Way, { stream, headers, upstream }: Stream): Promise<void> {
  const asked = readRequest(headers);
  const reason = findProblem(way.interception.host, headers);
  if (reason) return answer(stream, refuse(way, asked, { reason }).refusal);
  const prepared = await prepareRequest(way, asked);
  if (prepared.kind === "refused") return answer(stream, prepared.refusal);
  if (prepared.kind === "own") return answerItself(stream, prepared);
  const { path, headers: fields, account } = prepared;
  if (upstream.destroyed || upstream.closed) {
    account.close("unreachable");
    return answer(stream, { reason: "unreachable", host: way.interception.host, port: 443 });
  }
  const request = upstream.request(
    {
      ...collect(fields),
      ":method": asked.method,
      ":scheme": "https",
      ":authority": way.interception.host,
      ":path": path,
    },
    { endStream: stream.endAfterHeaders },
  );
  await relayBoth(way, { stream, request, account });
}

async function answerItself(
  stream: http2.ServerHttp2Stream,
  { answerer, account }: Extract<Prepared, { kind: "own" }>,
): Promise<void> {
  const { status, body } = await answerBody(stream, answerer);
  account.answered(status);
  account.close();
  if (stream.destroyed) return;
  stream.respond({ ":status": status, "content-type": "application/json" });
  stream.end(JSON.stringify(body));
}

/** What `host` and the pseudo headers say must be this host, and nothing else. */
function findProblem(host: string, headers: Headers): Refusal["reason"] | undefined {
  const { ":authority": authority, ":scheme": scheme, ":method": method, host: other } = headers;
  if (method === "CONNECT" || headers[":protocol"] !== undefined) return "unsupported";
  if (scheme !== "https" || !headers[":path"]?.startsWith("/")) {
    return method === "OPTIONS" && headers[":path"] === "*" ? undefined : "malformed-request";
  }
  const named = [authority, other].filter((name) => name !== undefined);
  const isHost = (name: string) => {
    const read = parseAuthority(name, 443);
    return read?.host === host && read.port === 443;
  };
  if (named.length === 0) return "no-host";
  return named.every(isHost) ? undefined : "host-mismatch";
}

function readRequest(headers: Headers) {
  const { ":method": method = "", ":path": path = "" } = headers;
  return { method, path, headers: listFields(headers) };
}

/** Without the pseudo headers, and what is meant for one connection only. */
function listFields(headers: Headers): Header[] {
  return Object.entries(headers).flatMap(([name, value]): Header[] => {
    if (name.startsWith(":") || CONNECTION.has(name) || value === undefined) return [];
    return [value].flat().map((each) => ({ name, value: each }));
  });
}

const CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "host",
  "http2-settings",
]);

function collect(fields: readonly Header[]): Record<string, string | string[]> {
  const collected: Record<string, string[]> = {};
  for (const { name, value } of fields) (collected[name.toLowerCase()] ??= []).push(value);
  return Object.fromEntries(
    Object.entries(collected).map(([name, values]) => {
      const [first = "", ...more] = values;
      if (name === "cookie") return [name, values.join("; ")];
      return [name, more.length > 0 ? values : first];
    }),
  );
}

type Pair = {
  stream: http2.ServerHttp2Stream;
  request: http2.ClientHttp2Stream;
  account: Account;
};

async function relayBoth(way: Way, pair: Pair): Promise<void> {
  const { stream, request, account } = pair;
  const failed = (): void => {
    if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_CANCEL);
    if (!request.destroyed) request.close(http2.constants.NGHTTP2_CANCEL);
  };
  request.on("error", failed);
  stream.once("close", () => {
    if (!request.readableEnded) failed();
  });
  const sending = send(stream, request, account).catch(failed);
  try {
    await receive(way, pair);
    await sending;
    account.close();
  } catch {
    account.close("unreachable");
    failed();
  }
}

async function send(
  stream: http2.ServerHttp2Stream,
  request: http2.ClientHttp2Stream,
  account: Account,
): Promise<void> {
  for await (const bytes of stream) {
    if (!account.count("sent", (bytes as Buffer).length)) throw new Error("over budget");
    await write(request, bytes as Buffer);
  }
  request.end();
}

async function receive(way: Way, { stream, request, account }: Pair): Promise<void> {
  const scrubber = account.makeScrubber();
  const headers = await readHead(request);
  const status = Number(headers[":status"]);
  account.answered(status);
  const fields = listFields(headers);
  if (isEncoded(fields) && status !== 204 && status !== 304) {
    account.close("unreadable-response");
    request.close(http2.constants.NGHTTP2_CANCEL);
    const { host } = way.interception;
    return answer(stream, { reason: "unreadable-response", host, port: 443 });
  }
  let trailers: Header[] = [];
  request.once("trailers", (found: Headers) => (trailers = listFields(found)));
  stream.respond(
    { ...collect(scrubFields(fields, scrubber)), ":status": status },
    { waitForTrailers: true },
  );
  stream.once("wantTrailers", () => stream.sendTrailers(collect(scrubFields(trailers, scrubber))));
  for await (const bytes of request) {
    if (!account.count("received", (bytes as Buffer).length)) throw new Error("over budget");
    await write(stream, scrubber.feed(bytes as Buffer));
  }
  if (request.rstCode !== http2.constants.NGHTTP2_NO_ERROR) throw new Error("it was reset");
  await write(stream, scrubber.end());
  stream.end();
}

function scrubFields(fields: readonly Header[], scrubber: Scrubber): Header[] {
  return fields.map(({ name, value }) => {
    const bytes = Buffer.concat([scrubber.feed(Buffer.from(value, "latin1")), scrubber.end()]);
    return { name, value: bytes.toString("latin1") };
  });
}

function readHead(request: http2.ClientHttp2Stream): Promise<Headers> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("close", () => reject(new Error("there was no answer")));
    request.once("error", reject);
  });
}

async function write(
  stream: http2.ServerHttp2Stream | http2.ClientHttp2Stream,
  bytes: Buffer,
): Promise<void> {
  if (bytes.length === 0) return;
  if (stream.destroyed) throw new Error("the other side has gone");
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}

function answer(stream: http2.ServerHttp2Stream, refusal: Refusal): void {
  if (stream.destroyed) return;
  const { message } = explainRefusal(refusal);
  const { httpStatus, proxyStatus } = describeReason(refusal.reason);
  stream.respond({
    ":status": httpStatus,
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "proxy-status": `pale; error=${proxyStatus}`,
    ...(refusal.retryAfter !== undefined && { "retry-after": String(refusal.retryAfter) }),
  });
  stream.end(`pale: ${message}\n`);
}
