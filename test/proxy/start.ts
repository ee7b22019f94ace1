import { after } from "node:test";
import type { Decision, Interceptions, RequestLine } from "../../src/proxy/context.ts";
import { type HostRule, parseHostRule } from "../../src/proxy/host-rule.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/proxy/limits.ts";
import type { Rules } from "../../src/proxy/rules.ts";
import { type Listeners, type Proxy, startProxy } from "../../src/proxy/server.ts";
import { NO_UPSTREAM, type UpstreamProxies } from "../../src/proxy/upstream.ts";
import type { Internet } from "./internet.ts";

export type RunningProxy = Required<Proxy["ports"]> & {
  proxyServer: Proxy;
  decisions: Decision[];
  faults: unknown[];
  requests: RequestLine[];
  /** May be changed while it runs. */
  rules: Rules;
};

export type StartOptions = {
  internet: Internet;
  allow?: string[];
  deny?: string[];
  open?: boolean;
  limits?: Partial<Limits>;
  upstream?: UpstreamProxies;
  hostNetworks?: string[];
  interceptions?: Interceptions;
};

/** A proxy with every door on a loopback port of its own; closed when the test file ends. */
export async function startTestProxy(options: StartOptions): Promise<RunningProxy> {
  const decisions: Decision[] = [];
  const faults: unknown[] = [];
  const requests: RequestLine[] = [];
  const rules = makeRules(options);
  const anywhere = { host: "127.0.0.1", port: 0 };
  const listeners: Required<Omit<Listeners, "named">> = {
    proxy: anywhere,
    socks: anywhere,
    tls: anywhere,
    http: anywhere,
    dnsUdp: anywhere,
    dnsTcp: anywhere,
  };
  const proxyServer = await startProxy({
    listeners,
    policy: () => rules,
    resolve: options.internet.resolve,
    dial: options.internet.dial,
    hostNetworks: () => options.hostNetworks ?? [],
    upstream: options.upstream ?? NO_UPSTREAM,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    onDecision: (decision) => decisions.push(decision),
    onFault: (error) => faults.push(error),
    interceptions: options.interceptions,
    reportRequest: (line) => requests.push(line),
  });
  after(() => proxyServer.close());
  const ports = proxyServer.ports as Required<Proxy["ports"]>;
  return { ...ports, proxyServer, decisions, faults, requests, rules };
}

export function makeRules(lists: { allow?: string[]; deny?: string[]; open?: boolean }): Rules {
  return {
    allow: (lists.allow ?? []).map(makeRule),
    deny: (lists.deny ?? []).map(makeRule),
    open: lists.open ?? false,
  };
}

export function makeRule(text: string): HostRule {
  const rule = parseHostRule(text, { allowEverything: true });
  if ("problem" in rule) throw new Error(`${text}: ${rule.problem}`);
  return rule;
}
