import { chmodSync, constants, copyFileSync, mkdirSync } from "node:fs";
import { renderChain } from "../plan/bwrap.ts";
import type { Plan, Preparation, Variable } from "../plan/plan.ts";
import { findNamedPipes, refuseDirectories } from "./descriptors.ts";
import { execute } from "./execute.ts";
import { writeFiles } from "./files.ts";
import { identifyMounts } from "./identities.ts";

/**
 * Perform a plan. Does not return: the process becomes the init program, which makes
 * the sandbox as its child, so that nothing of pale stays between shell and agent.
 *
 * @param cache pale's cache directory
 */
export async function launch(plan: Plan, cache: string): Promise<never> {
  refuseDirectories();
  for (const preparation of plan.preparations) prepare(preparation);
  const files = writeFiles(plan, cache);
  const chain = renderChain(plan, files, identifyMounts(plan));
  const argv = chain.flatMap(({ words }) => words);
  return execute({
    path: files.init,
    argv,
    environment: earlyEnvironment(plan.variables),
    kept: findNamedPipes(plan.command.argv),
  });
}

function prepare(preparation: Preparation): void {
  const { path } = preparation;
  switch (preparation.kind) {
    case "make-directory":
      mkdirSync(path, { recursive: true, mode: 0o700 });
      break;
    case "copy-file":
      copyFileSync(preparation.from, path, constants.COPYFILE_EXCL);
      chmodSync(path, 0o600);
      break;
  }
}

function earlyEnvironment(variables: readonly Variable[]): Record<string, string> {
  const early = variables.filter(({ when }) => when === "early");
  return Object.fromEntries(early.map(({ name, value }) => [name, value]));
}
