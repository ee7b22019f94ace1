import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../errors.ts";

/**
 * Makes the directory for the sockets of sandboxes, and removes those that were left over: their
 * names end in the number of the init program, which removes its own unless it is killed. One that
 * is still in use keeps working without a name.
 */
export function prepareSockets(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(directory)) {
    const pid = Number(/-(\d+)$/u.exec(name)?.[1]);
    if (!isRunning(pid)) rmSync(join(directory, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}
