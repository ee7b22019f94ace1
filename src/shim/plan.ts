import { nameBuild } from "../build.ts";
import type { ConfigurationChoice } from "../config/load.ts";
import { reduceConfiguration } from "../config/reduce.ts";
import type { SourceText } from "../config/validate.ts";
import { hashText } from "../hash.ts";
import type { Configuration } from "../policy.ts";

/** Whose plan it is: what `pale run` chooses a profile by. */
export type PlanOwner = {
  /** The command that the user types. */
  name: string;
  /** Without it the profile of that name, where there is one. */
  profile?: string | undefined;
};

/** What a plan was made from, weakest first; the profiles shipped with pale belong to its build. */
type Source = { name: string; hash: string };

/** The configuration of one shim, compiled, and all that it depends on. */
export type ShimPlan = {
  build: string;
  owner: PlanOwner;
  choice: ConfigurationChoice;
  sources: Source[];
  configuration: Configuration;
};

/** A configuration, and exactly the texts that it was compiled from. */
export type Compiled = {
  choice: ConfigurationChoice;
  sources: readonly SourceText[];
  configuration: Configuration;
};

/** A plan as bytes; the same input gives the same. */
export type PlanFile = { shim: string; name: string; text: string; hash: string };

/** With no more of the configuration than a launch of that owner can need. */
export function renderPlan(
  { name, profile }: PlanOwner,
  { choice, sources, configuration }: Compiled,
): PlanFile {
  const plan: ShimPlan = {
    build: nameBuild(),
    owner: { name, profile },
    choice,
    sources: hashSources(sources),
    configuration: reduceConfiguration(configuration, profile ?? name),
  };
  const text = `${JSON.stringify(plan)}\n`;
  const hash = hashText(text);
  return { shim: name, name: namePlanFile(name, hash), text, hash };
}

/** Among those of all shims; another content has another name. */
export function namePlanFile(shim: string, hash: string): string {
  return `${shim}-${hash.slice(0, 16)}.json`;
}

function hashSources(sources: readonly SourceText[]): Source[] {
  return sources.map(({ name, text }) => ({ name, hash: hashText(text) }));
}

/** What is there now, and asked for, at a launch. */
export type Present = {
  owner: PlanOwner;
  choice: ConfigurationChoice;
  sources: readonly SourceText[];
};

/** @returns why a plan does not hold any more; `undefined` when it does */
export function findStaleness(
  plan: ShimPlan,
  { owner, choice, sources }: Present,
): string | undefined {
  if (plan.build !== nameBuild()) return "pale is another build";
  if (!isSameOwner(plan.owner, owner)) return "it is for another command or profile";
  if (JSON.stringify(plan.choice) !== JSON.stringify(choice)) return "another configuration counts";
  const now = hashSources(sources);
  const gone = plan.sources.find(({ name }) => now.every((each) => each.name !== name));
  if (gone) return `${gone.name} is gone`;
  const come = now.find(({ name }) => plan.sources.every((each) => each.name !== name));
  if (come) return `${come.name} is new`;
  const changed = now.find(({ hash }, index) => plan.sources[index]?.hash !== hash);
  return changed && `${changed.name} has changed`;
}

function isSameOwner(one: PlanOwner, other: PlanOwner): boolean {
  return one.name === other.name && one.profile === other.profile;
}
