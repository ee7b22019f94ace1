import { adviseOn } from "../log/advice.ts";
import { planEndpoints } from "../plan/endpoints.ts";
import type { NetworkGate } from "../plan/plan.ts";
import { isGated } from "../policy.ts";
import type { Sourced } from "../policy.ts";
import { normalizeRule } from "../proxy/host-rule.ts";
import { describeReason } from "../proxy/reasons.ts";
import { decide } from "../proxy/rules.ts";
import type { Verdict } from "../proxy/rules.ts";
import { makeRules } from "../supervise/rules.ts";
import { quoteForShell } from "../terminal.ts";
import { type Answer, nameScope } from "./answer.ts";
import type { Known } from "./why.ts";

export type HostQuestion = { host: string; port: number };

/** `HOST`, `HOST:PORT` or a URL; without a port it is that of https. `undefined` for anything else. */
export function readHostQuestion(word: string): HostQuestion | undefined {
  const url = /^https?:\/\//u.test(word) ? URL.parse(word) : undefined;
  if (url) return { host: url.hostname, port: Number(url.port) || PORTS[url.protocol] || 443 };
  const [, host, port = "443"] = /^(\[[^\]]*\]|[^:/\s]+)(?::(\d{1,5}))?$/u.exec(word) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

const PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/** Could a program inside reach the host at that port, and which line says so? */
export function explainHost(asked: HostQuestion, known: Known): Answer {
  const { policy, plan, layer } = known;
  const about = { kind: "host" as const, subject: `${asked.host}:${asked.port}` };
  const origin = layer.network?.origin ?? "pale's default";
  const network = `network = "${policy.network}"`;
  if (!plan.gate || !isGated(policy.network)) {
    const isNone = policy.network === "none";
    return {
      ...about,
      state: isNone ? "denied" : "allowed",
      reason: isNone ? `${network}: no host at all` : `${network}: all that the host reaches`,
      origin,
      change: isNone
        ? ["let allowed hosts be reached: --network filtered"]
        : ["let only allowed hosts be reached: --network filtered"],
    };
  }
  const forward = findForward(plan.gate, asked);
  if (forward !== undefined) return { ...about, ...describeForward(forward, layer) };
  const verdict = decide(makeRules(plan.gate), asked.host, asked.port);
  if (verdict.verdict === "deny") return { ...about, ...describeDenied(verdict, asked, known) };
  const rule = verdict.rule;
  return {
    ...about,
    state: "allowed",
    reason: rule === "open" ? `${network}: every public host` : `allow: \`${rule}\``,
    origin: rule === "open" ? origin : findOrigin(rule, known),
    change: [`keep it out: pale deny ${quoteForShell(asked.host)}${nameProfile(policy.profile)}`],
  };
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

function findForward({ listeners }: NetworkGate, { host, port }: HostQuestion) {
  if (!LOOPBACK.includes(host)) return undefined;
  const found = listeners.find((each) => each.door === "forward" && each.port === port);
  return found?.door === "forward" ? found.hostPort : undefined;
}

type Part = Pick<Answer, "state" | "reason" | "origin" | "change">;

function describeForward(hostPort: number, layer: Known["layer"]): Part {
  const forward = layer.forwards.findLast(({ value }) => value.hostPort === hostPort);
  return {
    state: "allowed",
    reason: `leads to port ${hostPort} of the host's loopback`,
    origin: forward?.origin ?? "endpoints",
    change: [],
  };
}

function describeDenied(
  verdict: Extract<Verdict, { verdict: "deny" }>,
  asked: HostQuestion,
  known: Known,
): Part {
  const { reason, rule } = verdict;
  const { policy } = known;
  const denied = rule === undefined ? undefined : findRule(policy.deny, rule);
  const named = rule === undefined ? "" : `: \`${rule}\``;
  return {
    state: "denied",
    reason: `${describeReason(reason).text}${named}`,
    origin: denied?.origin,
    change: advise(verdict, asked, known),
  };
}

function advise(
  { reason, rule }: Extract<Verdict, { verdict: "deny" }>,
  { host, port }: HostQuestion,
  { policy }: Known,
): string[] {
  const advice = adviseOn({ reason, host, port, ...(rule !== undefined && { rule }) });
  switch (advice.kind) {
    case "allow": {
      const word = quoteForShell(advice.rule);
      return [
        `allow it, for one run: pale run --allow ${word}`,
        `for good: pale allow ${word}${nameProfile(policy.profile)}`,
      ];
    }
    case "forward":
      return [
        `show it inside, for one run: pale run -f ${advice.port ?? "PORT"}`,
        `for good, ${nameScope(policy.profile)}: forwards = [{ host_port = ${advice.port ?? "PORT"} }]`,
      ];
    case "undeny":
      return [`no rule allows what \`deny\` names: take \`${advice.rule}\` out`];
    case "none":
      return ["no rule allows this"];
  }
}

function nameProfile(profile: string): string {
  return profile === "default" ? "" : ` --profile ${quoteForShell(profile)}`;
}

/** The line that brought an allow rule in: itself, or an endpoint or registry that stands for it. */
function findOrigin(text: string, { policy, facts, layer }: Known): string | undefined {
  const rule = findRule(policy.allow, text);
  if (rule) return rule.origin;
  const endpoint = layer.endpoints.find(({ value }) => {
    return planEndpoints([value], facts.environment).some((each) => normalizeRule(each) === text);
  });
  if (endpoint) return endpoint.origin;
  const hosts = facts.registries.flatMap((registry) => registry.hosts);
  return hosts.find((each) => normalizeRule(each.rule) === text)?.origin;
}

function findRule(rules: readonly Sourced<string>[], text: string): Sourced<string> | undefined {
  return rules.find(({ value }) => normalizeRule(value) === text);
}
