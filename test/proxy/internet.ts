import { connect } from "node:net";
import type { Dial, Resolve } from "../../src/proxy/context.ts";

/**
 * A made-up internet: names have addresses that are public but never dialled, and each address
 * and port stands for a loopback port of the test. What is not listed here cannot be reached, so
 * that no test leaves the machine.
 */
export type Internet = {
  resolve: Resolve;
  dial: Dial;
  /** Every `address:port` that was dialled, in order. */
  dialled: string[];
  /** Every name that was resolved, in order. */
  resolved: string[];
};

export const PUBLIC = "93.184.216.34";
export const OTHER_PUBLIC = "93.184.216.35";
export const PUBLIC_SIX = "2606:2800:220:1::1";

export function makeInternet(
  names: Record<string, string[] | (() => string[])>,
  servers: Record<string, number>,
): Internet {
  const dialled: string[] = [];
  const resolved: string[] = [];
  return {
    dialled,
    resolved,
    resolve: async (name) => {
      resolved.push(name);
      const addresses = names[name];
      if (!addresses) throw Object.assign(new Error(name), { code: "ENOTFOUND" });
      return typeof addresses === "function" ? addresses() : addresses;
    },
    dial: (address, port) => {
      const key = `${address}:${port}`;
      dialled.push(key);
      // Port 1 of loopback: refused at once, as by a host without this server.
      const target = servers[key] ?? 1;
      return connect({ host: "127.0.0.1", port: target, allowHalfOpen: true, noDelay: true });
    },
  };
}
