import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { endProcess, enterNetwork, type Entrance } from "./publish-enter.ts";
import type { PortPair, Reports } from "./publish-event.ts";

export type Dialler = {
  /** Connects a client that nothing has been read from. */
  dial: (client: Socket, pair: PortPair) => void;
  /** Ends every connection. */
  close: () => Promise<void>;
};

const MOST_CONNECTIONS = 256;

/**
 * A process for each connection. It gets the client's socket itself, so that not a byte goes
 * through this one, and a busy proxy slows nobody down.
 */
export function makeDialler(entrance: Entrance, reports: Reports): Dialler {
  const running = new Set<ChildProcess>();
  const start = (client: Socket, pair: PortPair): void => {
    const { sandboxPort: port } = pair;
    const child = enterNetwork(entrance, { role: "dial", port, stdio: [client, client] });
    running.add(child);
    child.once("error", (error) => {
      running.delete(child);
      reports.onFault(error);
    });
    child.once("exit", (code) => {
      running.delete(child);
      reportEnd(code, pair, reports);
    });
  };
  const dial = (client: Socket, pair: PortPair): void => {
    client.on("error", () => {});
    if (client.destroyed) return;
    if (running.size >= MOST_CONNECTIONS) {
      reports.onEvent({ event: "refused", ...pair, reason: "too-many-connections" });
      client.resetAndDestroy();
      return;
    }
    try {
      start(client, pair);
    } catch (error) {
      reports.onFault(error);
    }
    // Our descriptor; the connection lives on in the process that has a copy.
    client.destroy();
  };
  const close = async (): Promise<void> => {
    await Promise.all([...running].map(endProcess));
  };
  return { dial, close };
}

const NOTHING_LISTENS = 1;

/** No code: it was killed. */
function reportEnd(code: number | null, pair: PortPair, { onEvent, onFault }: Reports): void {
  if (code === 0 || code === null) return;
  if (code === NOTHING_LISTENS) onEvent({ event: "refused", ...pair, reason: "nothing-listens" });
  else onFault(new Error(`\`init dial\` ended with ${code}`));
}
