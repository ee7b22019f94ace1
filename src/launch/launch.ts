import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import { findUser } from "../overlay/store.ts";
import { renderChain } from "../plan/bwrap.ts";
import type { Plan, Preparation, Variable } from "../plan/plan.ts";
import { enterCgroup } from "./cgroup.ts";
import { checkLimit, findNamedPipes, refuseDirectories } from "./descriptors.ts";
import { execute } from "./execute.ts";
import { writeFiles } from "./files.ts";
import type { PlannedFiles } from "./files.ts";
import { identifyMounts } from "./identities.ts";

/**
 * Perform a plan. Does not return: the process becomes the init program, which makes
 * the sandbox as its child, so that nothing of pale stays between shell and agent.
 *
 * @param supervisor variables for the supervisor, which nothing inside gets to see
 */
export async function launch(
  plan: Plan,
  planned: PlannedFiles,
  supervisor: readonly Variable[],
): Promise<never> {
  refuseDirectories();
  checkLimit(plan.gate ? 512 : 256);
  refuseUsedOverlays(plan);
  for (const preparation of plan.preparations) prepare(preparation);
  writeFiles(planned);
  const { files } = planned;
  const chain = renderChain(plan, files, identifyMounts(plan, files));
  const argv = chain.flatMap(({ words }) => words);
  if (plan.limits.cgroup) enterCgroup(plan.limits.cgroup, process.pid);
  return execute({
    path: files.init,
    argv,
    environment: earlyEnvironment([...plan.variables, ...supervisor]),
    kept: findNamedPipes(plan.command.argv),
  });
}

/** The kernel has no promise for two overlays that write to one place. */
function refuseUsedOverlays({ overlays }: Plan): void {
  for (const { store, lower } of overlays) {
    const user = findUser(store);
    if (user === undefined) continue;
    throw new UserError(`another sandbox is using the overlay of \`${lower}\``, {
      origin: `process ${user}`,
      hint: "end it first, or leave the overlay out",
    });
  }
}

/** What must be there before the sandbox is. */
export function prepare(preparation: Preparation): void {
  const { path } = preparation;
  switch (preparation.kind) {
    case "make-directory":
      mkdirSync(path, { recursive: true, mode: 0o700 });
      break;
    case "copy-file":
      copyIfMissing(preparation.from, path);
      break;
    case "write-note":
      writeFileSync(path, preparation.text, { mode: 0o600 });
      break;
  }
}

/** In one step: by the next, an agent may have put a link in the file's place. */
function copyIfMissing(from: string, path: string): void {
  try {
    writeFileSync(path, readFileSync(from), { flag: "wx", mode: 0o600 });
  } catch (error) {
    // Another launch was faster.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function earlyEnvironment(variables: readonly Variable[]): Record<string, string> {
  const early = variables.filter(({ when }) => when === "early");
  return Object.fromEntries(early.map(({ name, value }) => [name, value]));
}
