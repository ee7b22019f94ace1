import { setTimeout as sleep } from "node:timers/promises";
import { hasCode, UserError } from "../errors.ts";
import type { Sandbox } from "./find.ts";
import { listInside } from "./find.ts";
import type { ProcessFact } from "./process.ts";
import { isAlive } from "./process.ts";

/** `ask`: first, and kill only what has not ended by then. */
export type StopWay = "ask" | "kill";

/** `asked`: it ended when it was asked to; `killed`: it did not, or was not asked. */
export type Stopped = "asked" | "killed";

const ASKED_MILLISECONDS = 5000;
const KILLED_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 20;

/**
 * End a sandbox: SIGTERM to its command, and when that has not helped in five seconds, or
 * without asking, SIGKILL to all of it. Waits until nothing is left, placeholders included.
 *
 * @throws UserError when something is left all the same
 */
export async function stopSandbox(sandbox: Sandbox, way: StopWay): Promise<Stopped> {
  const all = [...sandbox.parts, ...listInside(sandbox)];
  if (way === "ask") {
    signal(sandbox.outer, "SIGTERM");
    // A stopped one would get it only when it is continued.
    signal(sandbox.outer, "SIGCONT");
    if (await haveEnded([sandbox.outer], ASKED_MILLISECONDS)) {
      await waitForEnd(sandbox, all);
      return "asked";
    }
  }
  signal(sandbox.outer, "SIGKILL");
  await waitForEnd(sandbox, all);
  return "killed";
}

async function waitForEnd({ id }: Sandbox, all: readonly ProcessFact[]): Promise<void> {
  if (await haveEnded(all, KILLED_MILLISECONDS)) return;
  const left = all.filter(isAlive).map(({ pid }) => pid);
  throw new UserError(`something of sandbox \`${id}\` is left`, {
    origin: `process ${left.join(", ")}`,
    hint: "it may be waiting for a disk; look at it with ps",
  });
}

async function haveEnded(all: readonly ProcessFact[], milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (all.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}

function signal(target: ProcessFact, name: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}
