import type { Refusal, Session } from "./context.ts";
import { chooseGate } from "./gate.ts";
import { reachServer } from "./reach.ts";
import { consuming, readUntil } from "./read.ts";
import { describeReason } from "./reasons.ts";
import { reportRefusal } from "./report.ts";
import { runTunnel } from "./run-tunnel.ts";
import {
  encodeSocksReply,
  parseSocksGreeting,
  parseSocksRequest,
  SOCKS_METHOD_NONE,
  SOCKS_NO_METHOD,
} from "./socks.ts";
import { sayGoodbye } from "./tunnel.ts";

/** What programs with `ALL_PROXY=socks5h://` talk to. Names are resolved on this side only. */
export async function serveSocks(session: Session): Promise<void> {
  const { client, context } = session;
  const milliseconds = context.limits.handshakeMilliseconds;
  const greeting = await readUntil(client, consuming(parseSocksGreeting), milliseconds);
  if (greeting.kind === "closed") return void client.destroy();
  if (greeting.kind === "timeout") return refuse(session, nameless("handshake-timeout"));
  if (greeting.value.kind === "malformed") return refuse(session, nameless("malformed-request"));
  if (!greeting.value.acceptable) return sayGoodbye(client, SOCKS_NO_METHOD);
  client.write(SOCKS_METHOD_NONE);
  const request = await readUntil(client, consuming(parseSocksRequest), milliseconds);
  if (request.kind === "closed") return void client.destroy();
  if (request.kind === "timeout") return refuse(session, nameless("handshake-timeout"));
  await serveRequest(session, request.value);
}

type Request = NonNullable<ReturnType<typeof parseSocksRequest>>;

async function serveRequest(session: Session, request: Request): Promise<void> {
  switch (request.kind) {
    case "malformed":
      return refuse(session, nameless("malformed-request"));
    case "unsupported-address":
      return refuse(session, nameless("unsupported"));
    case "unsupported-command":
      return refuse(session, { ...request, reason: "unsupported" });
    case "connect":
      return serveConnect(session, request);
  }
}

async function serveConnect(
  session: Session,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const reached = await reachServer(session, { host, port, kind: "tunnel" });
  if (reached.kind === "refused") return answer(session, reached.refusal);
  session.client.write(encodeSocksReply(0));
  const gate = chooseGate(reached.verdict, port);
  await runTunnel(session, { gate, server: reached.server, host, port });
}

function refuse(session: Session, refusal: Refusal): void {
  reportRefusal(session, refusal);
  answer(session, refusal);
}

function answer({ client }: Session, { reason }: Refusal): void {
  sayGoodbye(client, encodeSocksReply(describeReason(reason).socks));
}

function nameless(reason: Refusal["reason"]): Refusal {
  return { reason, host: "", port: undefined };
}
