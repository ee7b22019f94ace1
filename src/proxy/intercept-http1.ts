import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Refusal } from "./context.ts";
import { createBodyReader, createPayloadReader, type SoundFraming } from "./http-body.ts";
import type { RequestHead } from "./http-head.ts";
import { isWebSocketUpgrade, renderRequest } from "./http-message.ts";
import { readOriginTarget } from "./http-target.ts";
import {
  type Account,
  type Prepared,
  prepareRequest,
  refuse,
  type Way,
} from "./intercepted-request.ts";
import { answerRefusal, readRequestHead } from "./plain-request.ts";
import { readAnswer, renderAnswer, type Answer } from "./intercepted-answer.ts";
import type { Scrubber } from "./scrub.ts";
import { answerBody, renderOwnAnswer } from "./own-answer.ts";
import { sayGoodbye, writeAndWait } from "./tunnel.ts";
import { WebSocketMessages } from "./web-socket-messages.ts";

/** One request and its answer; then the connection ends, whatever the client would like. */
export async function relayHttp1(way: Way, server: TLSSocket): Promise<void> {
  const { client } = way.session;
  const part = tie(client, server);
  const head = await readRequestHead(way.session);
  if (!head) return part();
  const target = readOriginTarget(head, 443);
  if (target.kind !== "plain" || target.host !== way.interception.host) {
    part();
    const reason = target.kind === "refused" ? target.reason : "host-mismatch";
    const asked = { method: head.method, path: head.target };
    return answerRefusal(way.session, refuse(way, asked, { reason }).refusal, head);
  }
  const prepared = await prepareRequest(way, { ...head, path: target.path });
  if (prepared.kind === "refused") {
    part();
    return answerRefusal(way.session, prepared.refusal, head);
  }
  if (prepared.kind === "own") {
    // The end of the server would be that of the client.
    await answerItself(way, { ...prepared, framing: target.framing });
    return void server.destroy();
  }
  const { path, headers, account } = prepared;
  const outgoing = { ...head, headers };
  server.write(renderRequest(outgoing, { kind: "origin", path }));
  await exchange(way, { server, head: outgoing, framing: target.framing, account, part });
}

type Own = Extract<Prepared, { kind: "own" }> & { framing: SoundFraming };

async function answerItself(
  { session: { client } }: Way,
  { answerer, account, framing }: Own,
): Promise<void> {
  const reader = createPayloadReader(framing);
  async function* readBody(): AsyncGenerator<Uint8Array> {
    for await (const chunk of read(client, () => reader.state() === "more")) {
      yield Buffer.concat(reader.feed(chunk).output);
    }
  }
  const answer = await answerBody(readBody(), answerer);
  account.answered(answer.status);
  account.close();
  sayGoodbye(client, renderOwnAnswer(answer));
}

/** The only thing that a client is told whose server cannot be made sure of. */
export async function refuseHttp1({ session }: Way, refusal: Refusal): Promise<void> {
  const head = await readRequestHead(session);
  if (head) answerRefusal(session, refusal, head);
}

type Exchange = {
  server: TLSSocket;
  head: RequestHead;
  framing: SoundFraming;
  account: Account;
  /** The server goes, and the client stays. */
  part: () => void;
};

async function exchange(way: Way, exchange: Exchange): Promise<void> {
  const { client } = way.session;
  const { server, head, framing, account } = exchange;
  const isUpgrade = isWebSocketUpgrade(head);
  const sending = isUpgrade ? Promise.resolve() : sendBody(client, server, { framing, account });
  let isSent = false;
  sending.then(
    () => (isSent = true),
    () => server.destroy(),
  );
  try {
    const answer = await passHeads(way, exchange);
    if (!answer) return;
    const scrubber = account.makeScrubber();
    if (answer.status === 101 && isUpgrade) await join(client, server, { scrubber, account });
    else {
      const last = await passBody(client, server, { answer, scrubber, account });
      if (isSent || answer.framing.kind === "until-end") client.end(last);
      else endLater(client, last, exchange.part);
    }
    account.close();
  } catch {
    // Either side has gone: what was cut off must not look whole.
    account.close(client.destroyed ? undefined : "unreachable");
    client.destroy();
  } finally {
    server.destroy();
  }
}

/** Interim answers, and the one that counts; `undefined` where the client has been told why not. */
async function passHeads(
  way: Way,
  { server, head, account, part }: Exchange,
): Promise<Answer | undefined> {
  for (;;) {
    const answer = await readAnswer(server, head);
    if (answer.kind === "answer") account.answered(answer.status);
    if (answer.kind === "refused") {
      account.close(answer.reason);
      const { host } = way.interception;
      part();
      answerRefusal(way.session, { reason: answer.reason, host, port: 443 }, head);
      return undefined;
    }
    await writeAndWait(way.session.client, renderAnswer(answer, account.makeScrubber()));
    if (answer.status >= 200 || answer.status === 101) return answer;
  }
}

type Body = { framing: SoundFraming; account: Account };

async function sendBody(client: Socket, server: Socket, { framing, account }: Body): Promise<void> {
  const reader = createBodyReader(framing);
  for await (const chunk of read(client, () => reader.state() === "more")) {
    const piece = reader.feed(chunk);
    const bytes = Buffer.concat(piece.output);
    if (piece.state === "malformed" || !account.count("sent", bytes.length)) break;
    await writeAndWait(server, bytes);
  }
  if (reader.state() !== "done") throw new Error("the request was cut off");
  // That the client goes away is seen only while it is read; half of a connection is none of TLS.
  client
    .on("data", () => {})
    .once("end", () => client.destroy())
    .resume();
}

type Passage = { answer: Answer; scrubber: Scrubber; account: Account };

/** @returns what is to be said at the end */
async function passBody(
  client: Socket,
  server: Socket,
  { answer, scrubber, account }: Passage,
): Promise<string> {
  const { framing } = answer;
  const write = async (bytes: Buffer): Promise<void> => {
    if (bytes.length > 0)
      await writeAndWait(client, framing.kind === "chunked" ? chunk(bytes) : bytes);
  };
  const reader = framing.kind === "until-end" ? undefined : createPayloadReader(framing);
  for await (const bytes of read(server, () => reader?.state() !== "done")) {
    const payload = reader ? Buffer.concat(reader.feed(bytes).output) : bytes;
    if (!account.count("received", payload.length)) throw new Error("over budget");
    await write(scrubber.feed(payload));
  }
  await write(scrubber.end());
  if (reader && reader.state() !== "done") throw new Error("the answer was cut off");
  return framing.kind === "chunked" ? "0\r\n\r\n" : "";
}

/**
 * The server has answered before it had all of the request. The end of TLS is that of both
 * directions: a client that still sends would see nothing but that. What it sends is read on.
 */
function endLater(client: Socket, last: string, part: () => void): void {
  part();
  client.write(last);
  const timer = setTimeout(() => client.destroySoon(), LINGER_MILLISECONDS);
  client.once("close", () => clearTimeout(timer));
}

const LINGER_MILLISECONDS = 2000;

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}

type Joint = { scrubber: Scrubber; account: Account };

/** A WebSocket: frames of the client are masked, so only what comes back is looked into. */
async function join(client: Socket, server: Socket, { scrubber, account }: Joint): Promise<void> {
  const there = pump(client, server, (bytes) => {
    return account.count("sent", bytes.length) ? bytes : undefined;
  });
  const messages = new WebSocketMessages();
  const back = pump(server, client, (bytes) => {
    if (!account.count("received", bytes.length)) return undefined;
    const isWhole = messages.feed(bytes);
    const clean = scrubber.feed(bytes);
    return isWhole ? Buffer.concat([clean, scrubber.end()]) : clean;
  });
  await Promise.race([there, back]);
  client.destroySoon();
}

async function pump(
  from: Socket,
  to: Socket,
  change: (bytes: Buffer) => Buffer | undefined,
): Promise<void> {
  for await (const bytes of read(from, () => true)) {
    const changed = change(bytes);
    if (!changed) throw new Error("over budget");
    await writeAndWait(to, changed);
  }
}

/** The bytes of a socket as long as they are wanted; what comes after stays in it. */
async function* read(socket: Socket, isWanted: () => boolean): AsyncGenerator<Buffer> {
  if (!isWanted()) return;
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
    yield bytes as Buffer;
    if (!isWanted()) return;
  }
}

/**
 * Neither outlives the other. The returned function ends the server alone, for a client that is told
 * something of pale's own: one that still sends would see a reset instead.
 */
function tie(client: Socket, server: Socket): () => void {
  const endClient = (): void => client.destroySoon();
  for (const socket of [client, server]) socket.on("error", () => {});
  client.once("close", () => server.destroySoon());
  server.once("close", endClient);
  return () => {
    server.off("close", endClient);
    server.destroy();
  };
}
