import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import type { Files } from "./bwrap.ts";
import { renderChain } from "./bwrap.ts";
import type { Plan, Preparation, Variable } from "./plan.ts";

/**
 * The plan as a shell script with a reason on every line: what runs, ready to be read
 * or pasted. Values that come from the caller's environment are named, never shown.
 */
export function describePlan(plan: Plan, files: Files): string {
  const chain = renderChain(plan, files).map(({ words, why }) =>
    append(words.map(quoteForShell), why),
  );
  return [
    `# profile ${escapeUntrusted(plan.profile)}, network ${plan.isolation.network}, system calls ${plan.seccomp.kind}`,
    ...plan.preparations.map(describePreparation),
    "set --",
    ...plan.variables.filter(({ when }) => when === "early").map(describeVariable),
    ...chain,
    'exec env -i "$@"',
    "",
  ].join("\n");
}

function append(words: readonly string[], why: string): string {
  return `set -- "$@" ${words.join(" ")}  # ${escapeUntrusted(why)}`;
}

function describePreparation({ path, why }: Preparation): string {
  return `mkdir -p -m 700 ${quoteForShell(path)}  # ${escapeUntrusted(why)}`;
}

function describeVariable({ name, value, from }: Variable): string {
  const word = from === "host" ? `${name}="$${name}"` : quoteForShell(`${name}=${value}`);
  return append(
    [word],
    from === "host" ? "passed" : `set by the ${from === "pale" ? "launcher" : "profile"}`,
  );
}

/** The plan as data, with the values of passed variables left out. */
export function describePlanAsData(plan: Plan, files: Files): object {
  const chain = renderChain(plan, files);
  return {
    ...plan,
    variables: plan.variables.map(({ name, value, from, when }) => ({
      name,
      from,
      when,
      ...(from === "host" ? {} : { value }),
    })),
    argv: chain.flatMap(({ words }) => words),
  };
}
