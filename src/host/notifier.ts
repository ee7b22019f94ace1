import { fstatSync } from "node:fs";
import type { NotifierFact, TerminalFact } from "../plan/facts.ts";
import { isGated } from "../policy.ts";
import type { Policy } from "../policy.ts";
import { readStatus, readTarget } from "./status.ts";
import { findProgram } from "./tools.ts";

/**
 * By what the user can be told that something was refused.
 *
 * @throws UserError when a desktop notice is wanted and there is no program for it
 */
export function readNotifier(
  { notify, network }: Pick<Policy, "notify" | "network">,
  uid: number,
): NotifierFact | undefined {
  if (!isGated(network)) return undefined;
  switch (notify.value) {
    case "none":
      return undefined;
    case "bell":
      return { kind: "bell", terminal: findTerminal(uid) };
    case "desktop":
      return { kind: "desktop", program: findProgram("notify-send").path };
  }
}

/** The terminal that the agent shows itself on: standard error's, else that of another stream. */
function findTerminal(uid: number): TerminalFact | undefined {
  for (const descriptor of [2, 1, 0]) {
    const path = readTarget(`/proc/self/fd/${descriptor}`) ?? "";
    const device = TERMINAL.test(path) ? readDevice(path, uid) : undefined;
    if (device !== undefined && device === readOpenDevice(descriptor)) return { path, device };
  }
  return undefined;
}

const TERMINAL = /^\/dev\/(?:pts\/|tty[A-Za-z]*)\d+$/u;

/** One of another user's (`su`) is not for us to write to. */
function readDevice(path: string, uid: number): number | undefined {
  const status = readStatus(path);
  return status?.isCharacterDevice() && status.uid === uid ? status.rdev : undefined;
}

function readOpenDevice(descriptor: number): number | undefined {
  try {
    return fstatSync(descriptor).rdev;
  } catch {
    return undefined;
  }
}
