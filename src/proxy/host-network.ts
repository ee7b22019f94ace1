import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import type { Dial, Resolve } from "./context.ts";
import { KEEPALIVE_MILLISECONDS } from "./limits.ts";

/** The host's own network, as the proxy uses it outside of tests. */

export const resolveOnHost: Resolve = async (name) => {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
};

export const dialFromHost: Dial = (address, port) => {
  return connect({
    host: address,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MILLISECONDS,
  });
};

/** Interfaces come and go, so this is asked anew for every connection. */
export function listHostNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => {
    return (addresses ?? []).map(({ address, cidr }) => nameNetwork(address, cidr));
  });
}

/** A tunnel may say that half of the internet is next door; then only the host itself is meant. */
function nameNetwork(address: string, cidr: string | null): string {
  const prefix = Number(cidr?.split("/")[1] ?? 0);
  const least = address.includes(":") ? 32 : 8;
  return cidr !== null && prefix >= least ? cidr : address.replace(/%.*$/u, "");
}

/** How many descriptors this process may have; the runtime has raised it to the most it may. */
export function readOpenFilesLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const soft = /^Max open files\s+(\d+|unlimited)/mu.exec(limits)?.[1];
  return soft === "unlimited" ? Infinity : Number(soft ?? 1024);
}
