import type { Session } from "./context.ts";
import { chooseGate } from "./gate.ts";
import { reachServer } from "./reach.ts";
import { explainRefusal } from "./refuse.ts";
import { runTunnel } from "./run-tunnel.ts";
import { sayGoodbye } from "./tunnel.ts";

/** A host and port that a listening socket stands for. */
export type NamedPort = { host: string; port: number };

const SSH = 22;

/** What a client reaches that resolved an allowed name to the address that stands for it alone. */
export async function serveNamed(session: Session, { host, port }: NamedPort): Promise<void> {
  const { client } = session;
  const reached = await reachServer(session, { host, port, kind: "tunnel" });
  if (reached.kind === "reached") {
    const gate = chooseGate(reached.verdict, port);
    return runTunnel(session, { gate, server: reached.server, host, port });
  }
  // Before its version, an ssh server may say what it likes (RFC 4253, 4.2); others may not.
  if (port !== SSH) return void client.resetAndDestroy();
  sayGoodbye(client, Buffer.from(`pale: ${explainRefusal(reached.refusal).message}\r\n`));
}
