import { type Address, formatAddress, parseAddress } from "./addresses.ts";
import { isLoopbackName, parseHost } from "./names.ts";

/**
 * One entry of `allow` or `deny`. Without a port an allow rule means 443 and 80, a deny rule all.
 * `text` is the rule in its normal form, for logs and messages.
 */
export type HostRule = { port: number | undefined; text: string } & (
  | { kind: "everything" }
  | { kind: "name"; name: string }
  /** Names at any depth below `name`, not `name` itself. */
  | { kind: "below"; name: string }
  /** `name` is `localhost` or an address as text; only these rules let a private address through. */
  | { kind: "address"; name: string; addresses: readonly Address[] }
);

/** `problem` completes "`RULE`: ", in the style of a user error. */
export type ParsedRule = HostRule | { problem: string };

/**
 * Reads `host`, `*.host`, an IPv4 address, `[IPv6]`, `localhost` or, where everything may be
 * named, `*`; each with an optional `:port`. International names become their ASCII form.
 */
export function parseHostRule(text: string, options = { allowEverything: false }): ParsedRule {
  const match = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>.*))?$/u.exec(text);
  const host = match?.groups?.["host"] ?? "";
  if (!match || /^[\da-f]*:[\da-f.]*:[\da-f:.]*$/iu.test(text)) {
    return problem("an IPv6 address must be in brackets, as in `[::1]:8080`");
  }
  if (/[/@]/u.test(text)) return problem(EXPLANATIONS["malformed-name"]);
  const port = parsePort(match.groups?.["port"]);
  if (port === "malformed") return problem("the port must be a number from 1 to 65535");
  const rule = parseRuleHost(host, options.allowEverything);
  if ("problem" in rule) return rule;
  return { ...rule, port, text: port === undefined ? rule.text : `${rule.text}:${port}` };
}

/** The normal form of a rule, by which two that say the same are known; `undefined` for no rule. */
export function normalizeRule(text: string): string | undefined {
  const rule = parseHostRule(text);
  return "problem" in rule ? undefined : rule.text;
}

type RuleHost = HostRule extends infer R ? (R extends HostRule ? Omit<R, "port"> : never) : never;

function parsePort(text: string | undefined): number | undefined | "malformed" {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/u.test(text) || Number(text) > 65_535) return "malformed";
  return Number(text);
}

function parseRuleHost(host: string, allowEverything: boolean): RuleHost | { problem: string } {
  if (host === "*") {
    if (allowEverything) return { kind: "everything", text: "*" };
    return problem("`*` would allow every host, which only the open mode does");
  }
  if (host.startsWith("*.")) {
    const name = parseRuleName(host.slice(2));
    return "problem" in name ? name : { kind: "below", name: name.name, text: `*.${name.name}` };
  }
  const address = parseRuleAddress(host);
  if (address) return address;
  const name = parseRuleName(host);
  return "problem" in name ? name : { kind: "name", name: name.name, text: name.name };
}

function parseRuleAddress(host: string): RuleHost | undefined {
  if (host.toLowerCase() === "localhost") {
    const addresses = ["127.0.0.1", "::1"].flatMap((text) => parseAddress(text) ?? []);
    return { kind: "address", name: "localhost", addresses, text: "localhost" };
  }
  const parsed = parseHost(host);
  if (parsed.kind !== "address") return undefined;
  const text = formatAddress(parsed.address);
  const shown = parsed.address.family === 6 ? `[${text}]` : text;
  return { kind: "address", name: text, addresses: [parsed.address], text: shown };
}

function parseRuleName(text: string): { name: string } | { problem: string } {
  if (text === "") return problem("the host is missing");
  if (text.includes("*")) return problem("`*` may only stand alone at the front, as in `*.host`");
  const ascii = toAscii(text);
  const parsed = parseHost(ascii ?? text);
  if (parsed.kind === "malformed") return problem(EXPLANATIONS[parsed.reason]);
  if (parsed.kind === "address") return problem(EXPLANATIONS["ip-literal"]);
  if (isLoopbackName(parsed.name)) return problem("write `localhost` for the host's loopback");
  // Catches what `parseHost` does not look into: punycode that decodes to nothing.
  if (ascii === undefined || readAsUrl(parsed.name) !== parsed.name) {
    return problem(EXPLANATIONS["malformed-name"]);
  }
  return { name: parsed.name };
}

/**
 * A URL's host is decoded (`%61`), and full-width digits are folded into addresses. So only what is
 * not ASCII goes through it, and the result is checked like any other.
 */
function toAscii(text: string): string | undefined {
  if (/^[\u0021-\u007E]*$/u.test(text)) return text;
  return readAsUrl(text);
}

/** Not by `domainToASCII`: to load `node:url` would cost every launch a millisecond. */
function readAsUrl(name: string): string | undefined {
  if (/[\u0000-\u0020"#%/:<>?@[\\\]^`{|}\u007F]/u.test(name)) return undefined;
  return URL.parse(`http://${name}/`)?.hostname || undefined;
}

const EXPLANATIONS = {
  "ip-literal": "an address must be written as four decimal numbers or as `[IPv6]`",
  "trailing-dot": "a host name must not end in a dot",
  "malformed-name":
    "a host name is letters, digits and hyphens between dots, without scheme, path or user",
} as const;

function problem(text: string): { problem: string } {
  return { problem: text };
}
