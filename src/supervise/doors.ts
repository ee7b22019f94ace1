import type { NetworkGate } from "../plan/plan.ts";
import type { Listeners } from "../proxy/server.ts";
import type { OpenForward } from "./forwards.ts";

/** The init program opens the listening sockets from here on, in the gate's order; see docs/init.md. */
const FIRST_LISTENER = 300;

/** The sockets of the sandbox's loopback, as this process has inherited them. */
export type Inherited = {
  doors: Listeners;
  /** Address inside of each host that has a door of its own. */
  ownAddresses: Map<string, string>;
  forwards: OpenForward[];
  /** Where programs inside ask for the clipboard. */
  clipboard: { fd: number } | undefined;
  /** The sandbox's user and network namespace. */
  namespaces: { user: number; network: number };
};

export function findInherited({ listeners }: NetworkGate): Inherited {
  const named: NonNullable<Listeners["named"]>[number][] = [];
  const doors: Listeners = { named };
  const forwards: OpenForward[] = [];
  let clipboard: Inherited["clipboard"];
  const ownAddresses = new Map<string, string>();
  for (const [index, listener] of listeners.entries()) {
    const fd = FIRST_LISTENER + index;
    switch (listener.door) {
      case "forward":
        forwards.push({ fd, hostPort: listener.hostPort });
        break;
      case "named":
        named.push({ host: listener.host, port: listener.port, listener: { fd } });
        ownAddresses.set(listener.host, listener.address);
        break;
      case "clipboard":
        clipboard = { fd };
        break;
      default:
        doors[listener.door] = { fd };
    }
  }
  const next = FIRST_LISTENER + listeners.length;
  return {
    doors,
    ownAddresses,
    forwards,
    clipboard,
    namespaces: { user: next, network: next + 1 },
  };
}
