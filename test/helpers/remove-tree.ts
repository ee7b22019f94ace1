import { rmSync } from "node:fs";
import { sleepSync } from "./wait-sync.ts";

/** A process that is still about to end may make a file in it meanwhile: then it is tried again. */
export function removeTree(path: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (attempt === 100) throw error;
      sleepSync(20);
    }
  }
}
