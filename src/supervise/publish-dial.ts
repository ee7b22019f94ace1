import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { endProcess, enterNetwork, type Entrance } from "./publish-enter.ts";
import type { PortPair, Reports } from "./publish-event.ts";
import { Places } from "./publish-places.ts";

export type Dialler = {
  /** Connects a client that nothing has been read from. */
  dial: (client: Socket, pair: PortPair) => void;
  /** Ends every connection. */
  close: () => Promise<void>;
};

const LIMITS = { places: 256, waiting: 256, waitMilliseconds: 5000 };

/**
 * A process for each connection. It gets the client's socket itself, so that not a byte goes
 * through this one, and a busy proxy slows nobody down.
 */
export function makeDialler(entrance: Entrance, reports: Reports): Dialler {
  const running = new Set<ChildProcess>();
  const places = new Places(LIMITS);
  const start = (client: Socket, pair: PortPair): void => {
    const { sandboxPort: port } = pair;
    const child = enterNetwork(entrance, { role: "dial", port, stdio: [client, client] });
    running.add(child);
    const forget = (): void => {
      if (running.delete(child)) places.free();
    };
    child.once("error", (error) => {
      forget();
      reports.onFault(error);
    });
    child.once("exit", (code) => {
      forget();
      reportEnd(code, pair, reports);
    });
  };
  const handOver = (client: Socket, pair: PortPair): void => {
    try {
      start(client, pair);
    } catch (error) {
      places.free();
      reports.onFault(error);
    }
    // Our descriptor; the connection lives on in the process that has a copy.
    client.destroy();
  };
  const admit = async (client: Socket, pair: PortPair): Promise<void> => {
    client.on("error", () => {});
    if (!(await places.take())) refuse(client, pair, reports);
    else if (client.destroyed) places.free();
    else handOver(client, pair);
  };
  const dial = (client: Socket, pair: PortPair): void => void admit(client, pair);
  const close = async (): Promise<void> => {
    await Promise.all([...running].map(endProcess));
  };
  return { dial, close };
}

function refuse(client: Socket, pair: PortPair, { onEvent }: Reports): void {
  onEvent({ event: "refused", ...pair, reason: "too-many-connections" });
  client.resetAndDestroy();
}

const NOTHING_LISTENS = 1;

/** No code: it was killed. */
function reportEnd(code: number | null, pair: PortPair, { onEvent, onFault }: Reports): void {
  if (code === 0 || code === null) return;
  if (code === NOTHING_LISTENS) onEvent({ event: "refused", ...pair, reason: "nothing-listens" });
  else onFault(new Error(`\`init dial\` ended with ${code}`));
}
