import { mkdir, rmdir, stat, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../errors.ts";

/** `stale`: milliseconds after which a lock that nobody has touched belongs to nobody. */
export type Lock = { path: string; stale: number };

/**
 * Does something while holding locks of the kind that claude takes, too: a directory that only one
 * process can make, touched every few seconds as long as it is held.
 *
 * @throws Error when another process holds one for too long
 */
export async function withLocks<T>(locks: readonly Lock[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = locks;
  if (!first) return work();
  await take(first);
  const timer = setInterval(() => void touch(first.path), TOUCH);
  try {
    return await withLocks(others, work);
  } finally {
    clearInterval(timer);
    await rmdir(first.path).catch(() => {});
  }
}

const TOUCH = 3000;
const PATIENCE = 30_000;
const STEP = 100;

async function take({ path, stale }: Lock): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!(await make(path))) {
    if (Date.now() > deadline) throw new Error("another program holds the log-in's lock");
    const age = await readAge(path);
    if (age !== undefined && age > stale) await rmdir(path).catch(() => {});
    else await sleep(STEP);
  }
}

async function make(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function readAge(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}
