import type { ConfigurationChoice } from "../config/load.ts";
import { loadSources, readSources } from "../config/load.ts";
import { hasUsed } from "../config/reduce.ts";
import type { Layer } from "../policy.ts";
import type { Compiled } from "../shim/plan.ts";
import { findStaleness } from "../shim/plan.ts";
import type { PlanReference } from "../shim/plan-reference.ts";
import { readPlan } from "../shim/plan-reference.ts";
import type { RunRequest } from "./run-request.ts";

/** Where the configuration of a launch is from: the files themselves, or the plan of a shim. */
export type ConfigurationSource =
  | { kind: "files" }
  | { kind: "plan"; plan: PlanReference }
  /** There is a plan, and it does not hold: the files were read. */
  | { kind: "stale"; plan: PlanReference; reason: string }
  /** The plan holds, and lacks a profile that the project or the command line uses. */
  | { kind: "narrow"; plan: PlanReference };

/** A configuration, where it is from, and the texts that it is made of. */
export type Loaded = Compiled & { from: ConfigurationSource };

/**
 * The configuration as the plan of the shim has it, if that holds, else as the files say.
 *
 * @throws UserError for a plan that is not the one that the shim was written with
 * @throws UserErrors with every problem of every file
 */
export async function loadForRun(
  request: Pick<RunRequest, "plan" | "profile" | "command">,
  choice: ConfigurationChoice,
  cache: string,
): Promise<Loaded> {
  const { plan: reference, profile, command } = request;
  const plan = reference && readPlan(reference);
  const sources = readSources(choice);
  const files = async (from: ConfigurationSource): Promise<Loaded> => {
    return { from, choice, sources, configuration: await loadSources(sources, cache) };
  };
  if (!reference || !plan) return files({ kind: "files" });
  const owner = { name: command[0] ?? "", profile };
  const reason = findStaleness(plan, { owner, choice, sources });
  if (reason !== undefined) return files({ kind: "stale", plan: reference, reason });
  const from = { kind: "plan", plan: reference } as const;
  return { from, choice, sources, configuration: plan.configuration };
}

/** @param layers what is used on top of the configuration */
export async function widen(
  loaded: Loaded,
  layers: readonly Layer[],
  cache: string,
): Promise<Loaded> {
  const { from, sources, configuration } = loaded;
  if (from.kind !== "plan" || hasUsed(configuration, layers)) return loaded;
  const narrow = { kind: "narrow", plan: from.plan } as const;
  return { ...loaded, from: narrow, configuration: await loadSources(sources, cache) };
}

/** For `--dry-run`; `undefined` where no shim had a plan. */
export function describeSource(from: ConfigurationSource): string | undefined {
  switch (from.kind) {
    case "files":
      return undefined;
    case "plan":
      return `configuration: as in the plan of the shim, ${from.plan.path}`;
    case "stale":
      return `configuration: read from its files, because the plan of the shim is stale: ${from.reason}`;
    case "narrow":
      return "configuration: read from its files, because the plan of the shim lacks a profile that is used";
  }
}
