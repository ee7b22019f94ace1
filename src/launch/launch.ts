import { mkdirSync } from "node:fs";
import { renderChain } from "../plan/bwrap.ts";
import type { Plan, Variable } from "../plan/plan.ts";
import { closeInherited } from "./descriptors.ts";
import { writeFiles } from "./files.ts";

/**
 * Perform a plan. Does not return: the process becomes the init program, which makes
 * the sandbox as its child, so that nothing of pale stays between shell and agent.
 *
 * @param cache pale's cache directory
 */
export function launch(plan: Plan, cache: string): never {
  for (const { path } of plan.preparations) mkdirSync(path, { recursive: true, mode: 0o700 });
  const files = writeFiles(plan, cache);
  const argv = renderChain(plan, files).flatMap(({ words }) => words);
  closeInherited();
  return execute(files.init, argv, earlyEnvironment(plan.variables));
}

function earlyEnvironment(variables: readonly Variable[]): Record<string, string> {
  const early = variables.filter(({ when }) => when === "early");
  return Object.fromEntries(early.map(({ name, value }) => [name, value]));
}

/** Replace this process. Only a platform without execve (none that pale runs on) lacks it. */
export function execute(
  path: string,
  argv: readonly string[],
  environment: Record<string, string>,
): never {
  if (!process.execve) throw new Error("this runtime has no process.execve");
  return process.execve(path, argv, environment);
}
