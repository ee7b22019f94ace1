import type { VariableRule } from "../policy.ts";
import { formatString } from "../config/toml-words.ts";
import { matchesName } from "../plan/name-pattern.ts";
import { quoteForShell } from "../terminal.ts";
import { type Answer, nameScope } from "./answer.ts";
import type { Known } from "./why.ts";

/** `$NAME` or `NAME`, without the dollar; `undefined` when it cannot be a variable's name. */
export function readVariableName(word: string): string | undefined {
  const name = word.replace(/^\$/u, "");
  return /^[A-Za-z_]\w*$/u.test(name) ? name : undefined;
}

/** Is the variable there inside, with whose value, and which line says so? */
export function explainVariable(name: string, { plan, policy, facts, layer }: Known): Answer {
  const about = { kind: "variable" as const, subject: name };
  const variable = plan.variables.find((each) => each.name === name);
  const isHeld = facts.environment[name] !== undefined;
  const rules = layer.variables.filter((rule) => matches(rule, name));
  const rule = rules.findLast(({ kind }) => kind !== "pass" || isHeld);
  if (variable === undefined) return { ...about, ...explainAbsent(name, rules, policy.profile) };
  if (variable.from === "pale") {
    return { ...about, state: "set", change: [], ...explainOwn(name, policy, facts) };
  }
  if (rule === undefined) {
    const reason = "passed to every sandbox: terminal, locale and identity";
    return { ...about, state: "passed", reason, origin: "pale's default", change: [] };
  }
  const change =
    rule.kind === "pass" ? [`set it: -e ${name}=VALUE`] : [`set it otherwise: -e ${name}=VALUE`];
  return { ...about, ...describeRule(rule), origin: rule.origin, change };
}

function matches(rule: VariableRule, name: string): boolean {
  return rule.kind === "pass" ? matchesName(rule.name, name) : rule.name === name;
}

type Part = Pick<Answer, "state" | "reason" | "origin" | "change">;

function explainAbsent(name: string, rules: readonly VariableRule[], profile: string): Part {
  const passing = rules.findLast(({ kind }) => kind === "pass");
  if (passing) {
    const reason = `\`${passing.name}\` is passed, but you have not set it`;
    const change = [`set it: -e ${name}=VALUE`, `or outside: export ${name}=VALUE`];
    return { state: "absent", reason, origin: passing.origin, change };
  }
  return {
    state: "absent",
    reason: "nothing passes or sets it",
    origin: undefined,
    change: [
      `pass it, for one run: pale run -e ${quoteForShell(name)}`,
      `for good, ${nameScope(profile)}: env.pass = [${formatString(name)}]`,
    ],
  };
}

function describeRule(rule: VariableRule): Pick<Answer, "state" | "reason"> {
  switch (rule.kind) {
    case "pass":
      return { state: "passed", reason: `\`${rule.name}\` is passed` };
    case "set":
      return { state: "set", reason: `\`${rule.name}=${rule.value}\`` };
    case "file":
      return { state: "set", reason: `to what \`${rule.path}\` holds` };
    case "command":
      return { state: "set", reason: `to what \`${rule.command.join(" ")}\` prints outside` };
  }
}

function explainOwn(
  name: string,
  policy: Known["policy"],
  facts: Known["facts"],
): Pick<Part, "reason" | "origin"> {
  const mount = policy.mounts.findLast(({ variable }) => variable === name);
  if (mount) return { reason: "to where the mount is inside", origin: mount.origin };
  const registry = facts.registries.find(({ environment }) => {
    return environment.some((each) => each.name === name);
  });
  if (!registry) return { reason: "pale sets it in every sandbox", origin: "pale's default" };
  return { reason: `for the registries of ${registry.registry}`, origin: "registries" };
}
