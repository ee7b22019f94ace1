import { type Admission, openAdmission, type ProxyStats } from "./admission.ts";
import type { Context, Decision, Session } from "./context.ts";
import { serveDnsStream } from "./door-dns.ts";
import { type NamedPort, serveNamed } from "./door-named.ts";
import { serveHttp, serveProxy } from "./door-proxy.ts";
import { serveSocks } from "./door-socks.ts";
import { serveTls } from "./door-tls.ts";
import { type Listener, listenTcp, listenUdp, type OpenDoor } from "./listen.ts";

/**
 * The filtering proxy. It runs outside the sandbox and listens on sockets that were made inside
 * the sandbox's network namespace and handed over as descriptors: a socket belongs to the
 * namespace it was made in, so clients come from inside, and what the proxy dials leaves from the
 * host. Nothing else leads out of the namespace, and no other process of the host gets at the
 * listeners.
 *
 * Everything that a client sends is read by a parser that is total and bounded; every socket has
 * an error listener; nothing that happens on one connection reaches another one or the process.
 */
export type ProxyOptions = Omit<Context, "report"> & {
  listeners: Listeners;
  /** Called once for each decision, in the order in which they are taken. */
  onDecision: (decision: Decision) => void;
  /** An error that nobody foresaw ended one connection: a bug of ours, for the log. */
  onFault: (error: unknown) => void;
};

export type Listeners = {
  proxy?: Listener;
  socks?: Listener;
  tls?: Listener;
  http?: Listener;
  dnsUdp?: Listener;
  dnsTcp?: Listener;
  /** Each stands for one host and port. */
  named?: readonly (NamedPort & { listener: Listener })[];
};

export type Proxy = {
  /** Ends every connection and gives the listeners back. */
  close: () => Promise<void>;
  stats: () => ProxyStats;
  /** The port of each door that is open, for those that were bound to port 0. */
  ports: Partial<Record<DoorName, number>>;
};

/** Opens every door or none. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { listeners, onDecision, onFault, ...given } = options;
  const report: Context["report"] = (decision) => {
    try {
      onDecision({ time: new Date().toISOString(), ...decision });
    } catch (error) {
      onFault(error);
    }
  };
  const admission = openAdmission({ ...given, report }, onFault);
  const opened: { name: DoorName | "named"; door: OpenDoor }[] = [];
  const close = async (): Promise<void> => {
    const closed = opened.splice(0).map(({ door }) => door.close());
    admission.clear();
    await Promise.all(closed);
  };
  try {
    for (const name of DOOR_NAMES) {
      const listener = listeners[name];
      if (listener) opened.push({ name, door: await openDoor(admission, name, listener) });
    }
    for (const { listener, ...port } of listeners.named ?? []) {
      const serve = (session: Session) => serveNamed(session, port);
      const door = await listenTcp(listener, (client) => admission.admit(client, "named", serve));
      opened.push({ name: "named", door });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const ports = Object.fromEntries(opened.map(({ name, door }) => [name, door.port]));
  return { close, stats: admission.stats, ports };
}

const DOOR_NAMES = ["proxy", "socks", "tls", "http", "dnsUdp", "dnsTcp"] as const;

type DoorName = (typeof DOOR_NAMES)[number];

function openDoor(admission: Admission, name: DoorName, listener: Listener): Promise<OpenDoor> {
  switch (name) {
    case "proxy":
      return listenTcp(listener, (client) => admission.admit(client, "proxy", serveProxy));
    case "socks":
      return listenTcp(listener, (client) => admission.admit(client, "socks", serveSocks));
    case "tls":
      return listenTcp(listener, (client) => admission.admit(client, "tls", serveTls));
    case "http":
      return listenTcp(listener, (client) => admission.admit(client, "http", serveHttp));
    case "dnsTcp":
      return listenTcp(listener, (client) => admission.admit(client, "dns", serveDnsStream));
    case "dnsUdp":
      return listenUdp(listener, (bytes) => admission.answer(bytes));
  }
}
