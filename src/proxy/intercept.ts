import type { Socket } from "node:net";
import { type ClientHello, parseClientHello } from "./client-hello.ts";
import type { Refusal, Session } from "./context.ts";
import { readServerName } from "./gate.ts";
import { refuseHttp1, relayHttp1 } from "./intercept-http1.ts";
import { refuseHttp2, relayHttp2 } from "./intercept-http2.ts";
import { peeking, readUntil } from "./read.ts";
import type { Reason } from "./reasons.ts";
import { renderTlsAlert } from "./refuse.ts";
import { reportRefusal } from "./report.ts";
import type { Interception } from "./request-rules.ts";
import { type HttpProtocol, secureClient, secureServer } from "./secure.ts";
import { sayGoodbye } from "./tunnel.ts";

/** The host's rules, where connections to it end here. Only TLS on its usual port can be opened. */
export function findInterception(
  { interceptions }: Session["context"],
  { host, port }: { host: string; port: number },
): Interception | undefined {
  return port === 443 ? interceptions?.find(host.toLowerCase()) : undefined;
}

type Connection = { server: Socket; interception: Interception };

/**
 * A client that believes to talk to the server, and a server that is made sure of: between them
 * every request is looked at. Both speak the same protocol. To be called once the client has been
 * told that it is connected.
 */
export async function interceptConnection(
  session: Session,
  { server, interception }: Connection,
): Promise<void> {
  const { client, context } = session;
  const { interceptions } = context;
  if (!interceptions) throw new Error("there is nothing to intercept with");
  // What is not read yet must not be lost while the other side is being asked.
  server.pause();
  server.on("error", () => {});
  const { host } = interception;
  const hello = await readHello(session, host);
  if (hello.kind !== "hello") return endEarly(session, { server, host, hello });
  const protocols = chooseProtocols(hello.alpn);
  const milliseconds = context.limits.handshakeMilliseconds;
  const { roots } = interceptions;
  const secured = await secureServer(server, { host, roots, protocols, milliseconds });
  const protocol = secured.kind === "secured" ? secured.protocol : (protocols[0] ?? "http/1.1");
  const certificate = interceptions.certify(host);
  const shown = await secureClient(client, certificate, { protocol, milliseconds });
  if (!shown) return void server.destroy();
  session.established();
  const way = { session: { ...session, client: shown }, interception };
  if (secured.kind === "failed") {
    const refusal = describeServer(host, secured);
    reportRefusal(session, refusal);
    return protocol === "h2" ? refuseHttp2(way, refusal) : refuseHttp1(way, refusal);
  }
  return protocol === "h2" ? relayHttp2(way, secured.socket) : relayHttp1(way, secured.socket);
}

type Hello =
  | Extract<ClientHello, { kind: "hello" }>
  | { kind: "closed" }
  | { kind: "refused"; reason: Reason };

async function readHello({ client, context }: Session, host: string): Promise<Hello> {
  const { handshakeMilliseconds } = context.limits;
  const reading = await readUntil(client, peeking(parseClientHello), handshakeMilliseconds);
  if (reading.kind === "closed") return reading;
  if (reading.kind === "timeout") return { kind: "refused", reason: "handshake-timeout" };
  const named = readServerName(reading.value);
  if (named.kind === "refuse") return { kind: "refused", reason: named.reason };
  const isHost = named.name.toLowerCase() === host;
  if (!isHost || reading.value.kind !== "hello") {
    return { kind: "refused", reason: "server-name-mismatch" };
  }
  return reading.value;
}

type EarlyEnd = { server: Socket; host: string; hello: Exclude<Hello, { kind: "hello" }> };

function endEarly(session: Session, { server, host, hello }: EarlyEnd): void {
  server.destroy();
  if (hello.kind === "closed") return void session.client.destroy();
  const refusal = { reason: hello.reason, host, port: 443 };
  reportRefusal(session, refusal);
  sayGoodbye(session.client, renderTlsAlert(refusal));
}

const KNOWN: readonly HttpProtocol[] = ["h2", "http/1.1"];

/** Those that the client knows as well; one that names none has meant the older one since ever. */
function chooseProtocols(offered: readonly string[]): HttpProtocol[] {
  const both = KNOWN.filter((protocol) => offered.includes(protocol));
  return both.length > 0 ? both : ["http/1.1"];
}

function describeServer(host: string, failed: { reason: Reason; detail?: string | undefined }) {
  const { reason, detail } = failed;
  const refusal: Refusal = { reason, host, port: 443 };
  return detail === undefined ? refusal : { ...refusal, address: detail };
}
