import { findDirectories } from "../host/directories.ts";
import { followToPlace } from "../host/links.ts";
import { readLog } from "../log/follow.ts";
import { logFile } from "../log/path.ts";
import { describeAsData } from "../running/data.ts";
import type { Status } from "../running/describe.ts";
import { describeSandbox, describeSandboxes } from "../running/describe.ts";
import type { Sandbox } from "../running/find.ts";
import { summarizeNetwork } from "../running/network.ts";
import { selectSandboxes } from "../running/select.ts";
import { readUse } from "../running/use.ts";
import type { Invocation } from "./invocation.ts";
import { renderJson } from "./json-text.ts";
import { findRunning } from "./running.ts";

/**
 * `pale status [ID]`: the running sandboxes, a line each; of one everything.
 *
 * @throws UserError when the one that is named does not run
 */
export function showStatus(
  invocation: Invocation,
  word: string | undefined,
  { json = false }: { json?: boolean },
): void {
  const directories = findDirectories(invocation.environment);
  const running = findRunning(invocation);
  const wanted =
    word === undefined ? running : selectSandboxes(running, word, invocation.workingDirectory);
  const log = logFile(directories);
  const statuses = readStatuses(wanted, log);
  if (json) return invocation.print(renderJson(statuses.map(describeAsData)));
  const cache = followToPlace(directories.cache).real;
  const columns = invocation.columns?.();
  const surroundings = { home: directories.home, cache, log, columns };
  if (word !== undefined) {
    return invocation.print(
      statuses.map((status) => describeSandbox(status, surroundings)).join("\n"),
    );
  }
  const nothing = "no sandbox is running\n";
  invocation.print(statuses.length > 0 ? describeSandboxes(statuses, surroundings) : nothing);
}

function readStatuses(sandboxes: readonly Sandbox[], log: string): Status[] {
  const entries = sandboxes.some(({ gate }) => gate) ? readLog(log) : [];
  return sandboxes.map((sandbox) => ({
    sandbox,
    network: summarizeNetwork(sandbox, entries),
    processes: readUse(sandbox),
  }));
}
