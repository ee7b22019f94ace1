import { UserError } from "../errors.ts";
import type { Layer } from "../policy.ts";
import type { Combination } from "./check-layers.ts";
import type { SecretSource } from "./secrets-file.ts";

type Wanted = { name: string; origin: string };

/** Secrets that requests are to have, each with the first place that says so. */
export function listWantedSecrets(combinations: readonly Combination[]): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const { origin, value } of combinations.flatMap(({ layer }) => layer.proxies)) {
    const name = value.inject?.secret;
    if (name !== undefined && !wanted.has(name)) wanted.set(name, { name, origin });
  }
  return [...wanted.values()];
}

/** Secrets that nobody has written down: a launch would be refused. */
export function findMissingSecrets(
  wanted: readonly Wanted[],
  { file, sources }: { file: string; sources: readonly SecretSource[] },
): UserError[] {
  const missing = wanted.filter(({ name }) => !sources.some((source) => source.name === name));
  const known = sources.map(({ name }) => name).join(", ");
  return missing.map(({ name, origin }) => {
    const hint = known === "" ? `add: [${name}] and value = "..."` : `there are: ${known}`;
    return new UserError(`there is no secret \`${name}\` in \`${file}\``, { origin, hint });
  });
}

/** Secrets that no request has: the user may have misspelt one, or be done with it. */
export function findUnusedSecrets(
  wanted: readonly Wanted[],
  sources: readonly SecretSource[],
): UserError[] {
  const unused = sources.filter(({ name }) => !wanted.some((each) => each.name === name));
  return unused.map(({ name, origin }) => {
    const hint = "name it in an `inject` of `proxies`, or take it out";
    return new UserError(`no request has the secret \`${name}\``, { origin, hint });
  });
}

/** Variables that a policy passes or sets, and that have a placeholder all the same. */
export function findReplacedVariables(combinations: readonly Combination[]): UserError[] {
  const found = combinations.flatMap(({ layer }) => listReplaced(layer));
  return [...new Map(found.map((error) => [error.message + error.origin, error])).values()];
}

function listReplaced({ proxies, variables }: Layer): UserError[] {
  const names = new Set(proxies.flatMap(({ value }) => value.inject?.variable ?? []));
  const replaced = variables.filter(({ name }) => names.has(name));
  return replaced.map(({ name, origin }) => {
    const hint = `\`proxies\` sets it to a placeholder, which counts: take it out here`;
    return new UserError(`\`${name}\` never has this value inside`, { origin, hint });
  });
}
