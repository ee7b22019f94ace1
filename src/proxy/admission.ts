import type { Socket } from "node:net";
import type { Context, Door, Session } from "./context.ts";
import { answerDnsQuery } from "./door-dns.ts";
import { KEEPALIVE_MILLISECONDS } from "./limits.ts";
import { renderHttpRefusal, renderTlsAlert } from "./refuse.ts";
import { reportRefusal } from "./report.ts";

export type ProxyStats = {
  /** Open now. */
  connections: number;
  /** Of these, the ones that have not said yet where they go. */
  handshakes: number;
  /** Since the start. */
  accepted: number;
};

/** Who is let in, and how many there are, whichever door they come through. */
export type Admission = {
  admit: (client: Socket, door: Door, serve: (session: Session) => Promise<void>) => void;
  /** A datagram's answer. */
  answer: (bytes: Uint8Array) => Uint8Array | undefined;
  stats: () => ProxyStats;
  /** Ends every connection. */
  clear: () => void;
};

export function openAdmission(context: Context, onFault: (error: unknown) => void): Admission {
  const present = new Set<Socket>();
  const waiting = new Set<Socket>();
  let accepted = 0;
  return {
    admit: (client, door, serve) => {
      accepted += 1;
      prepareSocket(client);
      const { connections, handshakes } = context.limits;
      if (present.size >= connections || waiting.size >= handshakes) {
        return turnAway({ context, door, client });
      }
      present.add(client);
      waiting.add(client);
      client.once("close", () => [present, waiting].map((set) => set.delete(client)));
      const established = (): void => void waiting.delete(client);
      serve({ context, door, client, established }).catch((error: unknown) => {
        client.destroy();
        onFault(error);
      });
    },
    answer: (bytes) => {
      try {
        return answerDnsQuery(context, bytes);
      } catch (error) {
        onFault(error);
        return undefined;
      }
    },
    stats: () => ({ connections: present.size, handshakes: waiting.size, accepted }),
    clear: () => present.forEach((client) => client.destroy()),
  };
}

/** An error without a listener would end the process; whoever uses the socket sees it close. */
function prepareSocket(socket: Socket): void {
  socket.on("error", () => {});
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS);
}

/** In a word and without waiting for an answer: this is what happens when there are too many. */
function turnAway(session: Pick<Session, "context" | "door" | "client">): void {
  const refusal = { reason: "too-many-connections", host: "", port: undefined } as const;
  reportRefusal(session, refusal);
  const { client, door } = session;
  if (door === "proxy" || door === "http") client.write(renderHttpRefusal(refusal));
  if (door === "tls") client.write(renderTlsAlert(refusal));
  client.destroySoon();
}
