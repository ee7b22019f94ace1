import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import type { Files, Step } from "./bwrap.ts";
import { renderChain } from "./bwrap.ts";
import type { Sourced } from "../policy.ts";
import type { LoginPlan, Plan, Preparation, Variable, VariableSource } from "./plan.ts";

/**
 * The plan as a shell script with a reason on every line: what runs, ready to be read
 * or pasted. Values that come from the caller's environment are named, never shown.
 */
export function describePlan(
  plan: Plan,
  files: Files,
  supervisor: readonly Variable[] = [],
): string {
  const chain = renderChain(plan, files).map(describeStep);
  return [
    `# profile ${escapeUntrusted(plan.profile)}, network ${plan.isolation.network}, system calls ${plan.seccomp.kind}`,
    ...plan.warnings.map(describeWarning),
    ...plan.preparations.map(describePreparation),
    ...(plan.gate?.logins ?? []).map(describeLogin),
    ...describeCgroup(plan),
    "set --",
    ...plan.variables.filter(({ when }) => when === "early").map(describeVariable),
    ...supervisor.map(describeSupervisorVariable),
    ...chain,
    'exec env -i "$@"',
    "",
  ].join("\n");
}

function describeStep({ words, why, secret }: Step): string {
  const quoted = words.map(quoteForShell);
  return append(secret === undefined ? quoted : [...quoted.slice(0, -1), `"$${secret}"`], why);
}

function append(words: readonly string[], why: string): string {
  return `set -- "$@" ${words.join(" ")}  # ${escapeUntrusted(why)}`;
}

function describePreparation(preparation: Preparation): string {
  const path = quoteForShell(preparation.path);
  const why = `# ${escapeUntrusted(preparation.why)}`;
  switch (preparation.kind) {
    case "make-directory":
      return `mkdir -p -m 700 ${path}  ${why}`;
    case "copy-file":
      return `cp -n ${quoteForShell(preparation.from)} ${path}  ${why}`;
    case "write-note":
      return `printf %s ${quoteForShell(preparation.text)} >${path}  ${why}`;
  }
}

function describeLogin({ login, file, home }: LoginPlan): string {
  const [real, inside] = [file, home].map(quoteForShell);
  return `# ${login}: reads ${real}, and writes a log-in of placeholders into ${inside}`;
}

function describeWarning({ value, origin }: Sourced<string>): string {
  return `# warning: ${escapeUntrusted(value)} (${escapeUntrusted(origin)})`;
}

function describeCgroup({ limits }: Plan): string[] {
  if (limits.cgroup === undefined) return [];
  const { parent, memory } = limits.cgroup;
  const group = `${quoteForShell(parent)}/pale-$$`;
  return [
    `mkdir ${group} && echo $$ > ${group}/cgroup.procs  # the sandbox's control group`,
    `echo +memory > ${quoteForShell(parent)}/cgroup.subtree_control`,
    `echo ${memory} > ${group}/memory.max`,
  ];
}

function describeVariable({ name, value, from, source }: Variable): string {
  if (source) return append([`${name}="$(${describeSource(source)})"`], source.origin);
  const word = from === "host" ? `${name}="$${name}"` : quoteForShell(`${name}=${value}`);
  return append(
    [word],
    from === "host" ? "passed" : `set by the ${from === "pale" ? "launcher" : "profile"}`,
  );
}

function describeSource(source: VariableSource): string {
  const words = source.kind === "file" ? ["cat", source.path] : source.command;
  return words.map(quoteForShell).join(" ");
}

function describeSupervisorVariable(variable: Variable): string {
  const { name, value, from, hostName = name } = variable;
  const word = from === "host" ? `${name}="$${hostName}"` : quoteForShell(`${name}=${value}`);
  return append([word], "for the supervisor alone");
}

/** The plan as data; the values of passed variables are left out, or `$NAME` among the words. */
export function describePlanAsData(
  plan: Plan,
  files: Files,
  supervisor: readonly Variable[] = [],
): object {
  const chain = renderChain(plan, files);
  return {
    ...plan,
    variables: plan.variables.map(hideValue),
    supervisor: supervisor.map(hideValue),
    argv: chain.flatMap(({ words, secret }) =>
      secret === undefined ? words : [...words.slice(0, -1), `$${secret}`],
    ),
  };
}

function hideValue({ name, value, from, when, source }: Variable): object {
  return { name, from, when, ...(from === "host" ? {} : { value }), ...(source && { source }) };
}
