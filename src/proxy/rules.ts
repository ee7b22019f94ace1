import { type Address, sameAddress } from "./addresses.ts";
import type { HostRule } from "./host-rule.ts";
import { isLoopbackName, parseHost } from "./names.ts";
import type { Reason } from "./reasons.ts";

/** The policy in force. `open`: every host and port that no deny rule names. */
export type Rules = {
  allow: readonly HostRule[];
  deny: readonly HostRule[];
  open: boolean;
};

/** Where an allowed request goes: a name to resolve, or the addresses that a rule spells out. */
export type Destination =
  | { kind: "name"; name: string }
  | { kind: "addresses"; name: string; addresses: readonly Address[] };

export type Verdict =
  | {
      verdict: "allow";
      /** The rule as it was written, or `open`. */
      rule: string;
      destination: Destination;
      /** Hold what the client sends against the name: the rules speak of names only. */
      inspect: boolean;
    }
  | { verdict: "deny"; reason: NameReason; rule?: string };

type NameReason = Extract<
  Reason,
  | "not-listed"
  | "port-not-listed"
  | "denied-by-rule"
  | "ip-literal"
  | "loopback-name"
  | "trailing-dot"
  | "malformed-name"
>;

/** May a client reach `host` (as it sent it) at `port`? Total; a deny rule beats every allow rule. */
export function decide(rules: Rules, host: string, port: number): Verdict {
  const parsed = parseHost(host);
  if (parsed.kind === "malformed") return { verdict: "deny", reason: parsed.reason };
  const asked = askedFor(parsed);
  const denied = rules.deny.find((rule) => denies(rule, asked, port));
  if (denied) return { verdict: "deny", reason: "denied-by-rule", rule: denied.text };
  const naming = rules.allow.filter((rule) => names(rule, asked));
  const rule = naming.find((rule) => reaches(rule, port));
  if (rule) return allow(rules, rule.text, destinationOf(asked, rule));
  if (isLoopbackName(asked.name)) return { verdict: "deny", reason: "loopback-name" };
  if (rules.open && !(asked.address && deniesNames(rules))) {
    return allow(rules, "open", destinationOf(asked, undefined));
  }
  if (asked.address) return { verdict: "deny", reason: "ip-literal" };
  return { verdict: "deny", reason: naming.length > 0 ? "port-not-listed" : "not-listed" };
}

/** Behind an address there may be any name: by it nobody could be kept from one that is denied. */
function deniesNames({ deny }: Rules): boolean {
  return deny.some(({ kind }) => kind !== "address");
}

/** Where nothing is denied in open mode there is nothing that a wrong name could get around. */
export function namesMatter(rules: Rules): boolean {
  return !rules.open || rules.deny.length > 0;
}

/** As `decide`, for a question that names no port (DNS): is there a port where this may be reached? */
export function decideName(rules: Rules, host: string): Verdict {
  const ports = rules.allow.map((rule) => rule.port ?? 443);
  const verdicts = [443, 80, ...ports].map((port) => decide(rules, host, port));
  return verdicts.find(({ verdict }) => verdict === "allow") ?? decide(rules, host, 443);
}

/** How the rules see one address that a name resolved to. */
export function decideAddress(
  rules: Rules,
  address: Address,
  port: number,
): { kind: "named" | "unnamed" } | { kind: "denied"; rule: string } {
  const asked = { name: "", address };
  const denied = rules.deny.find((rule) => denies(rule, asked, port));
  if (denied) return { kind: "denied", rule: denied.text };
  const named = rules.allow.some((rule) => names(rule, asked) && reaches(rule, port));
  return { kind: named ? "named" : "unnamed" };
}

/** The allow rule that would let a denied request through, where a rule can; else `undefined`. */
export function suggestRule(denial: {
  reason: Reason;
  host: string;
  port: number | undefined;
}): string | undefined {
  if (denial.reason !== "not-listed" && denial.reason !== "port-not-listed") return undefined;
  const parsed = parseHost(denial.host);
  if (parsed.kind !== "name") return undefined;
  const usual = denial.port === undefined || STANDARD_PORTS.includes(denial.port);
  return usual ? parsed.name : `${parsed.name}:${denial.port}`;
}

/** What a rule without a port means: https and http. */
const STANDARD_PORTS = [443, 80];

/** A host as asked for: always a text for logs, and an address when it was one. */
type Asked = { name: string; address: Address | undefined };

function askedFor(parsed: Exclude<ReturnType<typeof parseHost>, { kind: "malformed" }>): Asked {
  return parsed.kind === "name"
    ? { name: parsed.name, address: undefined }
    : { name: "", address: parsed.address };
}

function names(rule: HostRule, asked: Asked): boolean {
  const { name, address } = asked;
  switch (rule.kind) {
    case "everything":
      return !address && !isLoopbackName(name);
    case "name":
      return name === rule.name;
    case "below":
      return name.endsWith(`.${rule.name}`);
    case "address":
      if (!address) return name !== "" && name === rule.name;
      return rule.addresses.some((named) => sameAddress(named, address));
  }
}

function reaches(rule: HostRule, port: number): boolean {
  return rule.port === undefined ? STANDARD_PORTS.includes(port) : rule.port === port;
}

/** A deny rule without a port means every port: it is there to keep a host out. */
function denies(rule: HostRule, asked: Asked, port: number): boolean {
  if (rule.port !== undefined && rule.port !== port) return false;
  return rule.kind === "everything" || names(rule, asked);
}

function destinationOf(asked: Asked, rule: HostRule | undefined): Destination {
  if (asked.address) return { kind: "addresses", name: "", addresses: [asked.address] };
  if (rule?.kind === "address") {
    return { kind: "addresses", name: asked.name, addresses: rule.addresses };
  }
  return { kind: "name", name: asked.name };
}

/** An address that a rule spells out is allowed whatever the client says there. */
function allow(rules: Rules, rule: string, destination: Destination): Verdict {
  const inspect = destination.kind === "name" && namesMatter(rules);
  return { verdict: "allow", rule, destination, inspect };
}
