import type { Socket } from "node:net";
import type { Refusal, Session } from "./context.ts";
import { type BodyReader, createBodyReader, type SoundFraming } from "./http-body.ts";
import { headerValues, type ParsedHead, parseRequestHead, type RequestHead } from "./http-head.ts";
import {
  type ForwardForm,
  isWebSocketUpgrade,
  parseResponseHead,
  renderRequest,
} from "./http-message.ts";
import { consuming, type Reading, readUntil } from "./read.ts";
import type { Reason } from "./reasons.ts";
import { renderHttpRefusal } from "./refuse.ts";
import { reportRefusal } from "./report.ts";
import {
  copyOneWay,
  followSocket,
  joinSockets,
  sayGoodbye,
  tieSockets,
  writeAndWait,
} from "./tunnel.ts";

/** One request with its body, checked and ready to go to `server`. */
export type Exchange = {
  head: RequestHead;
  framing: SoundFraming;
  host: string;
  port: number;
  server: Socket;
  form: ForwardForm;
};

/**
 * Reads the head of a request. `undefined`: there will be none, and whoever sent the bytes has
 * been told.
 */
export async function readRequestHead(session: Session): Promise<RequestHead | undefined> {
  const { client, context } = session;
  const milliseconds = context.limits.handshakeMilliseconds;
  const reading = await readUntil(client, consuming(parseRequestHead), milliseconds);
  if (reading.kind === "parsed" && reading.value.kind === "head") return reading.value.head;
  if (reading.kind === "closed") client.destroy();
  else refuseRequest(session, { reason: reasonOf(reading), host: "", port: undefined });
  return undefined;
}

/** Refuses in HTTP and in the log. */
export function refuseRequest(session: Session, refusal: Refusal, head?: RequestHead): void {
  reportRefusal(session, refusal);
  answerRefusal(session, refusal, head);
}

/** Refuses in HTTP only: the log has it already. */
export function answerRefusal(session: Session, refusal: Refusal, head?: RequestHead): void {
  const accept = head ? headerValues(head, "accept").join(",") : "";
  sayGoodbye(session.client, renderHttpRefusal(refusal, accept));
}

/**
 * Sends one request on and its response back. The connection ends with it, whatever the client
 * would like: a next request comes on a next connection and is looked at like the first.
 */
export async function forwardRequest(session: Session, exchange: Exchange): Promise<void> {
  const { client } = session;
  const { head, server } = exchange;
  followSocket(client, server);
  server.write(renderRequest(head, exchange.form));
  const upgrade = isWebSocketUpgrade(head);
  if (!upgrade) sendBody(session, exchange, createBodyReader(exchange.framing));
  const outcome = await returnResponseHead(session, exchange);
  if (outcome === "none") return;
  const { halfClosedMilliseconds } = session.context.limits;
  if (outcome === "switched" && upgrade) return joinSockets(client, server, halfClosedMilliseconds);
  copyOneWay(server, client);
  tieSockets(client, server, halfClosedMilliseconds);
  server.once("end", () => server.destroySoon());
  if (upgrade) discardRest(client, server);
}

/** Hands on every interim head and then the final one, which says that the connection will close. */
async function returnResponseHead(
  session: Session,
  { server, host, port, head }: Exchange,
): Promise<"final" | "switched" | "none"> {
  for (;;) {
    const reading = await readUntil(server, consuming(parseResponseHead));
    if (reading.kind !== "parsed") {
      server.destroy();
      const refusal = { reason: "unreachable", host, port } as const;
      if (!session.client.destroyed) refuseRequest(session, refusal, head);
      return "none";
    }
    const response = reading.value;
    if (response.kind === "opaque") return "final";
    await writeAndWait(session.client, response.head);
    if (response.kind === "final") return "final";
    if (response.kind === "switching") return "switched";
  }
}

/** Copies the body to its last byte. */
function sendBody(session: Session, exchange: Exchange, body: BodyReader): void {
  const { client } = session;
  const { server } = exchange;
  if (body.state() === "done") return discardRest(client, server);
  const onData = (chunk: Buffer): void => {
    const piece = body.feed(chunk);
    const flowing = piece.output.map((bytes) => server.write(bytes)).every(Boolean);
    if (piece.state === "malformed") return breakOff(session, exchange);
    if (piece.state === "done") {
      client.off("data", onData);
      return discardRest(client, server);
    }
    if (!flowing) client.pause();
  };
  server.on("drain", () => client.resume());
  client.once("end", () => {
    if (body.state() !== "done") for (const socket of [server, client]) socket.destroy();
  });
  client.on("data", onData).resume();
}

function breakOff(session: Session, { host, port, server }: Exchange): void {
  reportRefusal(session, { reason: "malformed-request", host, port });
  server.destroy();
  session.client.destroy();
}

function reasonOf(reading: Exclude<Reading<ParsedHead>, { kind: "closed" }>): Reason {
  if (reading.kind === "timeout") return "handshake-timeout";
  return reading.value.kind === "too-large" ? "request-too-large" : "malformed-request";
}

/** What follows a request is not for the server, but that nothing more will come is. */
function discardRest(client: Socket, server: Socket): void {
  client.on("data", () => {});
  if (client.readableEnded) server.end();
  else client.once("end", () => server.end()).resume();
}
