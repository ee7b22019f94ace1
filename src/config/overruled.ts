import type { Sourced } from "../policy.ts";
import type { HostRule } from "../proxy/host-rule.ts";
import { normalizeRule, parseHostRule } from "../proxy/host-rule.ts";
import { decide } from "../proxy/rules.ts";

/** The deny rule that leaves nothing of an allow rule, when there is one. */
export function findOverruling(
  allowed: HostRule,
  denied: readonly Sourced<string>[],
): Sourced<string> | undefined {
  const deny = denied.flatMap(({ value }) => {
    const rule = parseHostRule(value);
    return "problem" in rule || isTooNarrow(allowed, rule) ? [] : [rule];
  });
  const rules = { allow: [allowed], deny, open: false };
  const ports = allowed.port === undefined ? [443, 80] : [allowed.port];
  const verdicts = ports.map((port) => decide(rules, nameExample(allowed), port));
  const isDenied = verdicts.every(({ verdict }) => verdict === "deny");
  const [first] = verdicts;
  const beating = isDenied && first?.verdict === "deny" ? first.rule : undefined;
  return denied.find(({ value }) => beating !== undefined && normalizeRule(value) === beating);
}

/** `*.example.com` is more than any one name below it. */
function isTooNarrow(allowed: HostRule, denied: HostRule): boolean {
  return allowed.kind === "below" && denied.kind === "name";
}

/** A host that the rule is about. */
function nameExample(rule: HostRule): string {
  if (rule.kind === "everything") return "";
  return rule.kind === "below" ? `x.${rule.name}` : rule.name;
}
