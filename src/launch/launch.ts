import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode, UserError } from "../errors.ts";
import { MOST_BYTES } from "../host/etc.ts";
import { findUser } from "../overlay/store.ts";
import { listHeld, renderChain } from "../plan/bwrap.ts";
import type { Plan, Preparation, Variable } from "../plan/plan.ts";
import type { Handover } from "../secrets/handover.ts";
import { enterCgroup } from "./cgroup.ts";
import { checkLimits, findNamedPipes, FIRST_PLACE, refuseDirectories } from "./descriptors.ts";
import { execute } from "./execute.ts";
import { writeFiles } from "./files.ts";
import type { PlannedFiles } from "./files.ts";
import { identifyMounts } from "./identities.ts";
import { prepareSockets } from "./sockets.ts";

/** For the supervisor alone: nothing inside gets to see it. */
export type SupervisorStart = {
  variables: readonly Variable[];
  /** Absent where there is nothing to be kept secret. */
  handover?: Handover | undefined;
};

/**
 * Perform a plan. Does not return: the process becomes the init program, which makes
 * the sandbox as its child, so that nothing of pale stays between shell and agent.
 *
 * @throws UserError when the caller's descriptors or limits, or what was planned on, will not do
 */
export async function launch(
  plan: Plan,
  planned: PlannedFiles,
  { variables: supervisor, handover }: SupervisorStart,
): Promise<never> {
  refuseDirectories();
  checkLimits(countDescriptors(plan), findLargest(plan));
  const pipes = findNamedPipes(plan.command.argv);
  refuseUsedOverlays(plan);
  for (const preparation of plan.preparations) prepare(preparation);
  writeFiles(planned);
  const { files } = planned;
  if (plan.sshAgent) prepareSockets(dirname(files.sshAgent));
  const chain = renderChain(plan, files, identifyMounts(plan, files));
  const [init = "", role = "", ...words] = chain.flatMap((step) => step.words);
  const credentials = handover && (await openHandover(handover));
  const flag = credentials === undefined ? [] : ["--credentials", String(credentials)];
  if (plan.limits.cgroup) enterCgroup(plan.limits.cgroup, process.pid);
  return execute({
    path: files.init,
    // First: the files after it are opened at numbers of which this may be one.
    argv: [init, role, ...flag, ...words],
    environment: earlyEnvironment([...plan.variables, ...supervisor]),
    kept: [...pipes, ...(credentials === undefined ? [] : [credentials])],
  });
}

/** All numbers that the init program uses are below. */
function countDescriptors(plan: Plan): number {
  const held = listHeld(plan).length;
  if (held > 0) return FIRST_PLACE + held;
  return plan.gate ? 512 : 256;
}

/** What may be written at launch. */
function findLargest({ mounts }: Plan): number {
  return mounts.some((mount) => "copied" in mount) ? MOST_BYTES : 0;
}

async function openHandover(handover: Handover): Promise<number> {
  const { openMemoryFile } = await import("./memory-file.ts");
  return openMemoryFile("pale-credentials", JSON.stringify(handover));
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
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

function earlyEnvironment(variables: readonly Variable[]): Record<string, string> {
  const early = variables.filter(({ when }) => when === "early");
  return Object.fromEntries(early.map(({ name, value }) => [name, value]));
}
