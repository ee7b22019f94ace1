import { parseClientHello } from "./client-hello.ts";
import type { Refusal, Session } from "./context.ts";
import { readServerName } from "./gate.ts";
import { findInterception, interceptConnection } from "./intercept.ts";
import { reachServer } from "./reach.ts";
import { peeking, readUntil } from "./read.ts";
import { renderTlsAlert } from "./refuse.ts";
import { reportRefusal } from "./report.ts";
import { namesMatter } from "./rules.ts";
import { joinSockets, sayGoodbye } from "./tunnel.ts";

/**
 * What a client reaches that resolved an allowed name to loopback and believes to talk to the
 * server itself: the name in its hello says which one, and that is where the bytes go.
 */
export async function serveTls(session: Session): Promise<void> {
  const { client, context } = session;
  const { handshakeMilliseconds, halfClosedMilliseconds } = context.limits;
  const reading = await readUntil(client, peeking(parseClientHello), handshakeMilliseconds);
  if (reading.kind === "closed") return void client.destroy();
  const port = 443;
  if (reading.kind === "timeout") {
    return refuse(session, { reason: "handshake-timeout", host: "", port });
  }
  const named = readServerName(reading.value, !namesMatter(context.policy()));
  if (named.kind === "refuse") {
    return refuse(session, { reason: named.reason, host: named.name, port });
  }
  const reached = await reachServer(session, { host: named.name, port, kind: "tunnel" });
  if (reached.kind === "refused") return sayGoodbye(client, renderTlsAlert(reached.refusal));
  const { server } = reached;
  const interception = findInterception(context, { host: named.name, port });
  if (interception) return interceptConnection(session, { server, interception });
  session.established();
  joinSockets(client, server, halfClosedMilliseconds);
}

function refuse(session: Session, refusal: Refusal): void {
  reportRefusal(session, refusal);
  sayGoodbye(session.client, renderTlsAlert(refusal));
}
