import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { hasCode } from "../errors.ts";
import type { TerminalFact } from "../plan/facts.ts";
import type { Clock, Show } from "./notices.ts";

const BELL = "\u0007";
const ATTEMPTS = 10;
const RETRY_MILLISECONDS = 100;

/**
 * Rings the bell of the terminal that the agent shows itself on, and writes nothing else to it.
 *
 * This process has no controlling terminal and takes none (O_NOCTTY), so no `tostop` stops it. The
 * kernel lets no write into the middle of another one: it says EAGAIN (O_NONBLOCK), also when
 * output is held by Ctrl-S, and the bell comes a little later or not at all. The terminal is opened
 * for each bell: held open, whoever waits for its last user would wait for this process.
 */
export function makeBell(terminal: TerminalFact, clock: Clock): Show {
  const ring = (attempts: number): void => {
    if (attempts > 0 && writeBell(terminal) === "busy") {
      clock.after(RETRY_MILLISECONDS, () => ring(attempts - 1));
    }
  };
  return () => {
    ring(ATTEMPTS);
    return true;
  };
}

/** A terminal that has gone, or whose name is another's by now, gets no bell. */
function writeBell({ path, device }: TerminalFact): "done" | "busy" {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    const isTheSame = status.isCharacterDevice() && status.rdev === device;
    if (isTheSame && status.uid === process.getuid?.()) writeSync(descriptor, BELL);
    return "done";
  } catch (error) {
    return hasCode(error, "EAGAIN") ? "busy" : "done";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
