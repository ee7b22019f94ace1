import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hasCode, UserError } from "../errors.ts";
import { quoteForShell } from "../terminal.ts";

/**
 * Act while no other process does: the lock is a file that only one process can create,
 * with the number of that process in it, so that nobody waits for one that died.
 *
 * @throws UserError when another process holds the lock for too long
 */
export function withLock<T>(path: string, act: () => T): T {
  const deadline = Date.now() + MOST_WAIT_MS;
  while (!takeLock(path)) {
    if (Date.now() > deadline) throw heldTooLong(path);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS);
  }
  try {
    return act();
  } finally {
    rmSync(path, { force: true });
  }
}

/** The same without a wait: when another process has the lock, nothing is done. */
export function withFreeLock(path: string, act: () => void): void {
  if (!takeLock(path)) return;
  try {
    act();
  } finally {
    rmSync(path, { force: true });
  }
}

/** A dozen others may be before this one, on a machine that is busy with something else. */
const MOST_WAIT_MS = 10_000;
/** Nobody takes so long to write a number. */
const MOST_MS = 3_000;
const STEP_MS = 20;

function takeLock(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    const lock = readLock(path);
    if (lock && isLeftBehind(lock)) breakLock(path);
    return false;
  }
}

type Lock = { text: string; modified: number };

function readLock(path: string): Lock | undefined {
  try {
    return { text: readFileSync(path, "utf8"), modified: statSync(path).mtimeMs };
  } catch {
    return undefined;
  }
}

/** A lock without a number is one being written, unless it is old. */
function isLeftBehind({ text, modified }: Lock): boolean {
  return /^\d+\n$/u.test(text) ? !isAlive(Number(text)) : Date.now() - modified > MOST_MS;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

/**
 * One process at a time looks again and removes: between a look and a removal without
 * that, another may have removed the dead lock and made its own.
 */
function breakLock(path: string): void {
  const guard = nameGuard(path);
  try {
    writeFileSync(guard, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    throw error;
  }
  const lock = readLock(path);
  if (lock && isLeftBehind(lock)) rmSync(path, { force: true });
  rmSync(guard, { force: true });
}

function nameGuard(path: string): string {
  return `${path}.break`;
}

function heldTooLong(path: string): UserError {
  return new UserError("another pale is at work", {
    origin: path,
    hint: `if it is not: rm -f ${quoteForShell(path)} ${quoteForShell(nameGuard(path))}`,
  });
}
