import { UserError } from "../errors.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { isLoopbackName, parseHost } from "../proxy/names.ts";
import type { RegistryFact, RegistryHost, Setting } from "./registry-fact.ts";

/** An address over HTTP; `url` is without user, password, query and fragment. */
export type RegistryUrl = { host: RegistryHost; url: string; hasCredentials: boolean };

/**
 * Reads the address of a registry. A path can be a secret too, but no registry works without it.
 *
 * @returns `undefined` when it is no address over HTTP
 * @throws UserError when no host rule can name its host
 */
export function readRegistryUrl({ value, origin }: Setting): RegistryUrl | undefined {
  const [, prefix = "", address = ""] = /^(sparse\+|registry\+)?(.*)$/su.exec(value.trim()) ?? [];
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol)) return undefined;
  const hasCredentials = [url.username, url.password, url.search, url.hash].some((part) => part);
  const host = { rule: nameRule(url, origin), origin };
  for (const part of ["username", "password", "search", "hash"] as const) url[part] = "";
  return { host, url: `${prefix}${url.href}`, hasCredentials };
}

/** Note the host of an address. Returns what the tools inside may know of it. */
export function addUrl(fact: RegistryFact, setting: Setting): string | undefined {
  const read = readRegistryUrl(setting);
  if (read === undefined) {
    fact.withheld.push({ kind: "unusable", origin: setting.origin });
    return undefined;
  }
  if (read.hasCredentials) fact.withheld.push({ kind: "credentials", origin: setting.origin });
  addHost(fact, read.host);
  return read.url;
}

export function addHost(fact: RegistryFact, host: RegistryHost): void {
  if (fact.hosts.every(({ rule }) => rule !== host.rule)) fact.hosts.push(host);
}

/** A rule without a port means 443 and 80, which is too much where a single service is meant. */
function nameRule(url: URL, origin: string): string {
  const isName = parseHost(url.hostname).kind === "name" && !isLoopbackName(url.hostname);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const written = isName && url.port === "" ? url.hostname : `${url.hostname}:${port}`;
  const rule = parseHostRule(written);
  if (!("problem" in rule) && rule.kind !== "below") return rule.text;
  const problem = "problem" in rule ? rule.problem : "a registry is one host";
  throw new UserError(`\`${url.hostname}\`: ${problem}`, {
    origin: origin,
    hint: "give the registry's address with a host name",
  });
}
