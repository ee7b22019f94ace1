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
import { collect, findProblem, type Headers, listFields, readRequest } from "./http2-fields.ts";
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
  server.once("end", () => session.close()).once("close", () => session.close());
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
  // The runtime leaves the connection half open where the client has gone.
  client.once("end", () => client.destroy());
  return { close: () => client.destroySoon() };
}

type Stream = {
  stream: http2.ServerHttp2Stream;
  headers: Headers;
  upstream: http2.ClientHttp2Session;
};

async function relayStream(way: Way, { stream, headers, upstream }: Stream): Promise<void> {
  const asked = readRequest(headers);
  const stated = Number(headers["content-length"] ?? Infinity);
  const isCut = stream.endAfterHeaders && stated > 0 && stated !== Infinity;
  const reason = isCut ? "malformed-request" : findProblem(way.interception.host, headers);
  if (reason) return answer(stream, refuse(way, asked, { reason }).refusal);
  const prepared = await prepareRequest(way, asked);
  if (prepared.kind === "refused") return answer(stream, prepared.refusal);
  if (prepared.kind === "own") return answerItself(stream, prepared);
  const { path, headers: fields, account } = prepared;
  if (upstream.destroyed || upstream.closed) {
    account.close("unreachable");
    // Nothing of it has been sent: a client may try again on a new connection.
    return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
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
  await relayBoth(way, { stream, request, account, stated });
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

type Pair = {
  stream: http2.ServerHttp2Stream;
  request: http2.ClientHttp2Stream;
  account: Account;
  /** Bytes that the client says the body has. */
  stated: number;
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
  const sending = send(pair).catch(failed);
  try {
    await receive(way, pair);
    await sending;
    account.close();
  } catch {
    account.close("unreachable");
    failed();
  }
}

/** A server behind the server may trust in what the request says of its length. */
async function send({ stream, request, account, stated }: Pair): Promise<void> {
  let left = stated;
  for await (const bytes of stream) {
    const { length } = bytes as Buffer;
    if (!account.count("sent", length)) throw new Error("over budget");
    left -= length;
    if (left < 0) throw new Error("the body is longer than it says");
    await write(request, bytes as Buffer);
  }
  if (left > 0 && left !== Infinity) throw new Error("the body is shorter than it says");
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
  const clean = (text: string): string => {
    const bytes = Buffer.concat([scrubber.feed(Buffer.from(text, "latin1")), scrubber.end()]);
    return bytes.toString("latin1");
  };
  return fields.map(({ name, value }) => ({ name: clean(name), value: clean(value) }));
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
