import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import type { Directories } from "../host/directories.ts";
import { readNames } from "../host/status.ts";
import type { PlanFile } from "./plan.ts";
import type { PlanReference } from "./plan-reference.ts";

/** Where the plans of shims are: beside those, in no sandbox's reach. */
export function planDirectory({ data }: Pick<Directories, "data">): string {
  return join(data, "plans");
}

/** Write a plan, also where it is there: its time tells what was in force last. A shim that names it comes after it. */
export function writePlan(directory: string, { name, text, hash }: PlanFile): PlanReference {
  const path = join(directory, name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  writeFileAtomic(path, text, { mode: 0o644 });
  return { path, hash };
}

/**
 * Remove plans that no shim names any more. The one that was replaced last stays, and whatever
 * is young: a launch may have read its name in the shim a moment ago.
 *
 * @param current file name of the plan in force, by the name of the shim
 * @param shims whose old plans go; without it, those of every shim
 */
export function removeOldPlans(
  directory: string,
  current: ReadonlyMap<string, string>,
  shims?: readonly string[],
): void {
  const files = listPlans(directory).filter(({ shim }) => shims?.includes(shim) ?? true);
  const old = files.filter(({ file, shim }) => current.get(shim) !== file);
  const last = new Map(old.map(({ shim, file }) => [shim, file]));
  for (const { file, shim, age } of old) {
    const isLast = last.get(shim) === file && current.has(shim);
    if (!isLast && age > YOUNG_MS) rmSync(join(directory, file), { force: true });
  }
}

const YOUNG_MS = 60_000;

type Listed = { file: string; shim: string; age: number };

/** The oldest first. */
function listPlans(directory: string): Listed[] {
  const plans = readNames(directory).flatMap((file): Listed[] => {
    const [, shim] = /^(.+)-[0-9a-f]{16}\.json$/u.exec(file) ?? [];
    const status = statSync(join(directory, file), { throwIfNoEntry: false });
    return shim === undefined || !status ? [] : [{ file, shim, age: Date.now() - status.mtimeMs }];
  });
  return plans.sort((a, b) => b.age - a.age);
}
