import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { withLock } from "../../src/shim/lock.ts";

/**
 * Run by lock.test.ts as a process of its own: `hold-lock.ts LOCK LOG with|without MS`.
 * Waits for LOG.go, then writes a line to the log when it is in, and one when it is out.
 */
const [lock = "", log = "", mode, milliseconds] = process.argv.slice(2);

function act(): void {
  appendFileSync(log, "in\n");
  const end = Date.now() + Number(milliseconds);
  while (Date.now() < end && !isCrowded()) sleep(5);
  appendFileSync(log, "out\n");
}

/** Nothing is learned by waiting longer once two are in. */
function isCrowded(): boolean {
  return readFileSync(log, "utf8").includes("in\nin\n");
}

function sleep(step: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, step);
}

// All start at the same moment, or else they rarely meet.
while (!existsSync(`${log}.go`)) sleep(1);
if (mode === "with") withLock(lock, act);
else act();
