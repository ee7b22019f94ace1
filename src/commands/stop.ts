import type { Sandbox } from "../running/find.ts";
import { selectSandbox, selectSandboxes } from "../running/select.ts";
import { stopSandbox } from "../running/stop.ts";
import type { StopWay } from "../running/stop.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { findRunning } from "./running.ts";

export type StopOptions = { all?: boolean; now?: boolean };

/**
 * `pale stop [ID...]`: end sandboxes, and say how each has ended.
 *
 * @throws UserError when it is not clear which
 */
export async function stopSandboxes(
  invocation: Invocation,
  words: readonly string[],
  { all = false, now = false }: StopOptions,
): Promise<void> {
  const way = now ? "kill" : "ask";
  const wanted = select(invocation, words, all);
  if (wanted.length === 0) return invocation.print("no sandbox is running\n");
  const outcomes = await Promise.allSettled(wanted.map(async (sandbox) => stop(sandbox, way)));
  for (const outcome of outcomes)
    if (outcome.status === "fulfilled") invocation.print(outcome.value);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

function select(invocation: Invocation, words: readonly string[], all: boolean): Sandbox[] {
  const running = findRunning(invocation);
  if (all) return running;
  const { workingDirectory } = invocation;
  if (words.length === 0) return [selectSandbox(running, undefined, workingDirectory)];
  return [...new Set(words.flatMap((word) => selectSandboxes(running, word, workingDirectory)))];
}

async function stop(sandbox: Sandbox, way: StopWay): Promise<string> {
  const { id, profile, project } = sandbox;
  const how = await stopSandbox(sandbox, way);
  const said = {
    asked: "ended when asked",
    killed: way === "kill" ? "killed" : "did not end in time: killed",
  };
  return `${id} (${escapeUntrusted(profile)} in ${escapeUntrusted(project)}): ${said[how]}\n`;
}
