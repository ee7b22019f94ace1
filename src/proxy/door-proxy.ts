import type { Session } from "./context.ts";
import { chooseGate } from "./gate.ts";
import type { RequestHead } from "./http-head.ts";
import { type ForwardForm, isWebSocketUpgrade } from "./http-message.ts";
import { readOriginTarget, readProxyTarget, type RequestTarget } from "./http-target.ts";
import { answerRefusal, forwardRequest, readRequestHead, refuseRequest } from "./plain-request.ts";
import { reachServer, type Reached } from "./reach.ts";
import { runTunnel } from "./run-tunnel.ts";
import { renderAuthority } from "./upstream.ts";

/** What programs with `HTTP_PROXY` and `HTTPS_PROXY` talk to. */
export async function serveProxy(session: Session): Promise<void> {
  const head = await readRequestHead(session);
  if (head) await serveTarget(session, head, readProxyTarget(head));
}

/** What a plain HTTP client reaches that believes to talk to the server itself. */
export async function serveHttp(session: Session): Promise<void> {
  const head = await readRequestHead(session);
  if (head) await serveTarget(session, head, readOriginTarget(head, 80));
}

async function serveConnect(
  session: Session,
  head: RequestHead,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const reached = await reachServer(session, { host, port, kind: "tunnel" });
  if (reached.kind === "refused") return answerRefusal(session, reached.refusal, head);
  session.client.write("HTTP/1.1 200 Connection established\r\n\r\n");
  const gate = chooseGate(reached.verdict, port);
  await runTunnel(session, { gate, server: reached.server, host, port });
}

async function serveTarget(
  session: Session,
  head: RequestHead,
  target: RequestTarget,
): Promise<void> {
  if (target.kind === "refused") return refuseRequest(session, target, head);
  if (target.kind === "connect") return serveConnect(session, head, target);
  const { host, port, path, framing } = target;
  if (port === 443) return refuseRequest(session, { reason: "not-tls", host, port }, head);
  // A proxy on the way lets a WebSocket through in a tunnel, as its clients would ask for it.
  const kind = isWebSocketUpgrade(head) ? "tunnel" : "request";
  const reached = await reachServer(session, { host, port, kind });
  if (reached.kind === "refused") return answerRefusal(session, reached.refusal, head);
  session.established();
  const { server } = reached;
  const form = chooseForm(reached, port, path);
  await forwardRequest(session, { head, framing, host, port, server, form });
}

function chooseForm(
  { through, verdict }: Extract<Reached, { kind: "reached" }>,
  port: number,
  path: string,
): ForwardForm {
  if (!through) return { kind: "origin", path };
  const authority = renderAuthority(verdict.destination, port);
  return { kind: "absolute", authority, path, credentials: through.credentials };
}
