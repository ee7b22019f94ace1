import { parseHostRule } from "../proxy/host-rule.ts";
import type { Listener } from "./plan.ts";

/**
 * Doors for programs that know no proxy, to ports where the client says nothing of the host that
 * it means (a database, ssh): each host that a rule names together with a port has a loopback
 * address of its own, which its name resolves to, and a listener there.
 *
 * Only for what the rules name at the launch: a listener cannot be added to a running sandbox.
 */
export function planNamedDoors(rules: readonly string[]): Listener[] {
  const named = rules.flatMap((text) => {
    const rule = parseHostRule(text);
    if ("problem" in rule || rule.kind !== "name" || rule.port === undefined) return [];
    return SNIFFED.includes(rule.port) ? [] : [{ host: rule.name, port: rule.port }];
  });
  const hosts = [...new Set(named.map(({ host }) => host))];
  const doors = named.map(({ host, port }): Listener => {
    return {
      door: "named",
      transport: "tcp",
      address: nameAddress(hosts.indexOf(host)),
      port,
      host,
    };
  });
  return [...new Map(doors.map((door) => [`${door.address}:${door.port}`, door])).values()];
}

/** There, one door serves every host, and the client says which. */
const SNIFFED = [443, 80];

/** All of 127.0.0.0/8 is the loopback; nothing else uses this part of it. */
function nameAddress(index: number): string {
  const number = index + 1;
  return `127.38.${number >> 8}.${number & 0xff}`;
}
