import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { nameArchitecture } from "../host/architecture.ts";
import { checkLimits, refuseDirectories } from "../launch/descriptors.ts";
import { execute } from "../launch/execute.ts";
import { writeInit } from "../launch/files.ts";
import { joinCgroup, planEntering } from "../running/enter.ts";
import { selectSandbox } from "../running/select.ts";
import type { Invocation } from "./invocation.ts";
import { findRunning } from "./running.ts";

/**
 * `pale exec [ID] -- CMD`: run a command inside a running sandbox, as confined as the agent. Does
 * not return: the process becomes the init program.
 *
 * @throws UserError when it is not clear which sandbox, or it cannot be entered
 */
export async function executeInside(
  invocation: Invocation,
  word: string | undefined,
  command: readonly string[],
): Promise<void> {
  if (command.length === 0) {
    throw new UserError("no command to run", { hint: "pale exec [ID] -- CMD [ARGS...]" });
  }
  refuseDirectories();
  checkLimits(LEAST_OPEN_FILES, 0);
  const sandbox = selectSandbox(findRunning(invocation), word, invocation.workingDirectory);
  const { cache } = findDirectories(invocation.environment);
  const init = writeInit(nameArchitecture(invocation.architecture), cache);
  const execution = planEntering(sandbox, command, init);
  joinCgroup(sandbox, process.pid);
  return execute(execution);
}

/** The init program puts its channel at 199. */
const LEAST_OPEN_FILES = 256;
