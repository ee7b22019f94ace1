import type { Socket } from "node:net";
import type { Session } from "./context.ts";
import { type Gate, type GateWord, judgeFirstBytes } from "./gate.ts";
import { readOriginTarget } from "./http-target.ts";
import { findInterception, interceptConnection } from "./intercept.ts";
import { forwardRequest, readRequestHead, refuseRequest } from "./plain-request.ts";
import { peeking, type Reading, readUntil } from "./read.ts";
import type { Reason } from "./reasons.ts";
import { renderTlsAlert } from "./refuse.ts";
import { reportRefusal } from "./report.ts";
import { copyOneWay, joinSockets, sayGoodbye, tieSockets } from "./tunnel.ts";

/** An open way from a client to a server, with what the client must show on it. */
export type Tunnel = { gate: Gate; server: Socket; host: string; port: number };

/** To be called once the client has been told that it is connected. */
export async function runTunnel(session: Session, tunnel: Tunnel): Promise<void> {
  const { client, context } = session;
  const { halfClosedMilliseconds } = context.limits;
  const interception = findInterception(context, tunnel);
  if (interception) {
    return interceptConnection(session, { server: tunnel.server, interception });
  }
  switch (tunnel.gate.kind) {
    case "raw":
      session.established();
      return joinSockets(client, tunnel.server, halfClosedMilliseconds);
    case "tls":
      return runTls(session, tunnel, tunnel.gate);
    case "tls-if-spoken":
      return runUnknown(session, tunnel, tunnel.gate);
    case "http":
      return runHttp(session, tunnel, tunnel.gate.name);
  }
}

async function runTls(
  session: Session,
  tunnel: Tunnel,
  gate: Extract<Gate, { kind: "tls" }>,
): Promise<void> {
  const { client, context } = session;
  const { handshakeMilliseconds, halfClosedMilliseconds } = context.limits;
  const parse = peeking((bytes) => judgeFirstBytes(bytes, gate));
  const word = await readUntil(client, parse, handshakeMilliseconds);
  if (word.kind === "closed") return endBoth(client, tunnel.server);
  const reason = reasonOf(word);
  if (reason) return refuseTls(session, tunnel, reason);
  session.established();
  joinSockets(client, tunnel.server, halfClosedMilliseconds);
}

/** The server may speak first, so its side flows at once, and the client may take its time. */
async function runUnknown(
  session: Session,
  tunnel: Tunnel,
  gate: Extract<Gate, { kind: "tls-if-spoken" }>,
): Promise<void> {
  const { client, context } = session;
  const { server } = tunnel;
  session.established();
  copyOneWay(server, client);
  tieSockets(client, server, context.limits.halfClosedMilliseconds);
  const word = await readUntil(
    client,
    peeking((bytes) => judgeFirstBytes(bytes, gate)),
  );
  const reason = reasonOf(word);
  if (word.kind === "parsed" && word.value.kind === "http") {
    server.unpipe(client);
    return runHttp(session, tunnel, gate.name);
  }
  if (!reason) return copyOneWay(client, server);
  server.unpipe(client);
  refuseTls(session, tunnel, reason);
}

async function runHttp(session: Session, tunnel: Tunnel, name: string): Promise<void> {
  const { server, port } = tunnel;
  const head = await readRequestHead(session);
  if (!head) return void server.destroy();
  const target = readOriginTarget(head, port);
  const mismatch = target.kind === "plain" && target.host !== name;
  if (target.kind !== "plain" || mismatch) {
    server.destroy();
    const reason = target.kind === "refused" ? target.reason : "host-mismatch";
    return refuseRequest(session, { reason, host: target.host, port }, head);
  }
  session.established();
  const { host, framing, path } = target;
  const form = { kind: "origin", path } as const;
  await forwardRequest(session, { head, framing, host, port, server, form });
}

/**
 * The server has not been sent a byte. It goes when the client has read why: the two are tied,
 * and a client that is destroyed with its server might not see the alert.
 */
function refuseTls({ client, ...session }: Session, tunnel: Tunnel, reason: Reason): void {
  const refusal = { reason, host: tunnel.host, port: tunnel.port };
  reportRefusal(session, refusal);
  client.once("close", () => tunnel.server.destroy());
  sayGoodbye(client, renderTlsAlert(refusal));
}

function reasonOf(reading: Reading<GateWord>): Reason | undefined {
  if (reading.kind === "timeout") return "handshake-timeout";
  if (reading.kind === "closed" || reading.value.kind !== "refuse") return undefined;
  return reading.value.reason;
}

function endBoth(client: Socket, server: Socket): void {
  server.destroy();
  client.destroySoon();
}
