import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { UserError } from "../errors.ts";
import { SHIM_MARK } from "../host/search.ts";
import type { Shim } from "./render.ts";

/** What an installation changed, by the names of shims. */
export type Installed = { written: string[]; unchanged: string[]; removed: string[] };

/**
 * Make a directory hold exactly these shims: each written beside and renamed, those of
 * ours that are not wanted any more removed, files that are not ours left alone. One
 * installation at a time.
 *
 * @throws UserError when a wanted name is taken by a file that is not a shim
 */
export function installShims(directory: string, shims: readonly Shim[]): Installed {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  return withLock(join(directory, ".lock"), () => {
    for (const { name } of shims) checkOwnership(join(directory, name));
    const stale = findStale(directory, shims);
    const changed = shims.filter(({ name, text }) => readText(join(directory, name)) !== text);
    for (const { name, text } of changed) {
      writeFileAtomic(join(directory, name), text, { mode: 0o755 });
    }
    for (const name of stale) rmSync(join(directory, name));
    const written = changed.map(({ name }) => name);
    const names = shims.map(({ name }) => name);
    return {
      written,
      unchanged: names.filter((name) => !written.includes(name)),
      removed: stale,
    };
  });
}

function checkOwnership(path: string): void {
  const text = readText(path);
  if (text === undefined || text.includes(SHIM_MARK)) return;
  throw new UserError(`\`${path}\` is there and is not a shim of pale`, {
    hint: "move it away; this directory is for shims only",
  });
}

function findStale(directory: string, shims: readonly Shim[]): string[] {
  const wanted = new Set(shims.map(({ name }) => name));
  return readdirSync(directory).filter((name) => {
    const path = join(directory, name);
    return !wanted.has(name) && statSync(path).isFile() && readText(path)?.includes(SHIM_MARK);
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A lock older than this was left behind by a process that died. */
const STALE_MS = 30_000;
const WAIT_MS = 50;

function withLock<T>(path: string, act: () => T): T {
  const deadline = Date.now() + 10_000;
  while (!takeLock(path)) {
    if (Date.now() > deadline) {
      throw new UserError("another `pale shims` is at work", { origin: path, hint: `rm ${path}` });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
  }
  try {
    return act();
  } finally {
    rmSync(path, { force: true });
  }
}

function takeLock(path: string): boolean {
  try {
    const descriptor = openSync(path, "wx", 0o600);
    writeSync(descriptor, `${process.pid}\n`);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_MS) rmSync(path, { force: true });
    return false;
  }
}
