import { parseHostRule } from "../proxy/host-rule.ts";
import { add, note, set } from "./draft.ts";
import type { Section } from "./draft.ts";

/** `subject` is the key as the foreign file has it. */
type Domains = { subject: string; domains: readonly string[] };

/**
 * Hosts that may and may not be reached. Where nothing may, the network is off; `*` among
 * those that may is the whole internet, among those that may not it is nothing at all.
 */
export function addDomains(section: Section, allowed: Domains, denied: Domains): void {
  for (const domain of denied.domains) addDenied(section, `${denied.subject} ${domain}`, domain);
  const isClosed = denied.domains.includes("*");
  const ports = denied.domains.flatMap((domain) => /^\*:(\d+)$/u.exec(domain)?.[1] ?? []);
  if (isClosed || allowed.domains.length === 0) {
    set(section, "network", "none");
    for (const domain of allowed.domains) {
      note(section, "same", [`${allowed.subject} ${domain}`, "every host is denied"]);
    }
    return;
  }
  set(section, "network", allowed.domains.includes("*") ? "open" : "filtered");
  for (const domain of allowed.domains) {
    const isDenied = ports.some((port) => domain.endsWith(`:${port}`));
    if (isDenied) note(section, "same", [`${allowed.subject} ${domain}`, "its port is denied"]);
    else addAllowed(section, `${allowed.subject} ${domain}`, domain);
  }
}

function addAllowed(section: Section, subject: string, domain: string): void {
  if (domain === "*") return;
  const rule = parseHostRule(domain);
  if ("problem" in rule) return note(section, "stricter", [subject, rule.problem]);
  const isLoopback = rule.kind === "address" && /^(?:localhost|127\.|::1$)/u.test(rule.name);
  if (isLoopback) {
    const reason = "a server of your own machine is named by its port: forwards = [{ host_port }]";
    return note(section, "stricter", [subject, reason]);
  }
  add(section, "allow", rule.text);
  if (rule.port === undefined) {
    note(section, "stricter", [subject, "without a port pale allows 443 and 80 only"]);
  }
}

function addDenied(section: Section, subject: string, domain: string): void {
  if (domain === "*") return;
  if (/^\*:(?:80|443)$/u.test(domain)) {
    return note(section, "looser", [subject, "pale cannot deny a port of every host"]);
  }
  if (/^\*:\d+$/u.test(domain)) {
    return note(section, "same", [subject, "a host without a port means 443 and 80 only"]);
  }
  const rule = parseHostRule(domain);
  if ("problem" in rule) note(section, "looser", [subject, rule.problem]);
  else add(section, "deny", rule.text);
}
