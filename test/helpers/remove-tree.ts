import { rmSync } from "node:fs";

/** A process that is still about to end may make a file in it meanwhile: then it is tried again. */
export function removeTree(path: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (attempt === 100) throw error;
      Atomics.wait(clock, 0, 0, 20);
    }
  }
}
