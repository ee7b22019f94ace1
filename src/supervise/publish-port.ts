import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listenTcp, type OpenDoor } from "../proxy/listen.ts";
import type { PortPair, Reports } from "./publish-event.ts";

export type PublishedPort = { close: () => Promise<void> };

export type PortServer = Pick<Reports, "onEvent"> & {
  serve: (client: Socket, pair: PortPair) => void;
};

/**
 * Keeps a port of the host's loopback open until it is closed. A port that somebody else has is
 * said once and asked for again and again; settles when it has been asked for once.
 */
export async function publishPort(pair: PortPair, server: PortServer): Promise<PublishedPort> {
  const closing = new AbortController();
  const first = await listenOnLoopback(pair, server);
  const ended = keepOpen(first, { pair, server, signal: closing.signal });
  const close = (): Promise<void> => {
    closing.abort();
    return ended;
  };
  return { close };
}

const RETRY_MILLISECONDS = 2000;

type Wish = { pair: PortPair; server: PortServer; signal: AbortSignal };

async function keepOpen(first: Listening, { pair, server, signal }: Wish): Promise<void> {
  let listening = first;
  if (listening.kind === "taken") {
    server.onEvent({ event: "port-taken", ...pair, code: listening.code });
  }
  while (listening.kind === "taken") {
    if (!(await sleepUnlessAborted(RETRY_MILLISECONDS, signal))) return;
    listening = await listenOnLoopback(pair, server);
  }
  server.onEvent({ event: "published", ...pair });
  await untilAborted(signal);
  await listening.close();
  server.onEvent({ event: "withdrawn", ...pair });
}

type Listening =
  | { kind: "listening"; close: () => Promise<void> }
  | { kind: "taken"; code: string };

/** Both addresses or none: `localhost` must not lead to two programs. */
async function listenOnLoopback(pair: PortPair, { serve }: PortServer): Promise<Listening> {
  const opened: OpenDoor[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((door) => door.close()));
  };
  for (const host of ["127.0.0.1", "::1"]) {
    try {
      const at = { host, port: pair.hostPort };
      opened.push(await listenTcp(at, (client) => serve(client, pair)));
    } catch (error) {
      const code = readCode(error);
      if (host === "::1" && WITHOUT_IPV6.has(code)) continue;
      await close();
      return { kind: "taken", code };
    }
  }
  return { kind: "listening", close };
}

const WITHOUT_IPV6 = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

function readCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

async function sleepUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
