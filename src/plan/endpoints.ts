import { UserError } from "../errors.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import type { Forward } from "../policy.ts";
import type { HostFacts } from "./facts.ts";

/** What must be let through for servers that the user has configured elsewhere. */
export type Endpoints = { allow: string[]; forwards: Forward[] };

/**
 * An agent that is told by a variable where its API is (`ANTHROPIC_BASE_URL`) can reach it.
 *
 * @returns host rules
 * @throws UserError when a variable holds no URL
 */
export function planEndpoints(
  names: readonly string[],
  environment: HostFacts["environment"],
): string[] {
  return names.flatMap((name) => {
    const value = environment[name];
    return value ? [renderRule(parseEndpoint(name, value))] : [];
  });
}

/**
 * What is on the host's loopback is to be found on that of the sandbox, at the same port: programs
 * do not go through a proxy for it.
 *
 * @param taken ports inside where nothing can be forwarded to
 */
export function splitLoopback(rules: readonly string[], taken: readonly number[]): Endpoints {
  const endpoints: Endpoints = { allow: [], forwards: [] };
  for (const rule of rules) {
    const port = Number(LOOPBACK.exec(rule)?.[1] ?? Number.NaN);
    if (port > 0 && !taken.includes(port)) {
      endpoints.forwards.push({ hostPort: port, sandboxPort: port });
    } else endpoints.allow.push(rule);
  }
  return endpoints;
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)$/u;

const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

function parseEndpoint(name: string, value: string): { host: string; port: number } {
  const url = URL.parse(value);
  const standard = DEFAULT_PORTS[url?.protocol ?? ""];
  const host = url?.hostname.replace(/\.$/u, "") ?? "";
  const rule = parseHostRule(host);
  // `*.host` is a host to a URL.
  const isServer = !("problem" in rule) && rule.kind !== "below";
  if (isServer && standard !== undefined && url?.port !== "0") {
    return { host, port: Number(url?.port) || standard };
  }
  throw new UserError(`\`${name}\` does not hold the URL of a server`, {
    hint: "it must begin with http:// or https://; mend it or unset it",
  });
}

/** Without a port where that says the same: a rule without one means https and http. */
function renderRule({ host, port }: { host: string; port: number }): string {
  return port === 443 ? host : `${host}:${port}`;
}
