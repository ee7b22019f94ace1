import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { UserError } from "../errors.ts";
import { hashBytes } from "../hash.ts";
import type { ShimPlan } from "./plan.ts";

/** A plan as a shim names it: who changes the file has to change the shim as well. */
export type PlanReference = {
  path: string;
  /** SHA-256 of the file's bytes, as hexadecimal. */
  hash: string;
};

/** As it stands in a shim, behind `--plan`. */
export function renderReference({ path, hash }: PlanReference): string {
  return `${hash}:${path}`;
}

/** @returns `undefined` for a word that `renderReference` did not write */
export function parseReference(word: string): PlanReference | undefined {
  const [, hash, path] = /^([0-9a-f]{64}):(.+)$/su.exec(word) ?? [];
  return hash !== undefined && path !== undefined && isAbsolute(path) ? { path, hash } : undefined;
}

/**
 * The plan that a shim names, once its bytes are known to be those that the shim was
 * written for.
 *
 * @throws UserError when they are not, or cannot be read: that is never taken for a change of mind
 */
export function readPlan({ path, hash }: PlanReference): ShimPlan {
  const bytes = readBytes(path);
  if (hashBytes(bytes) !== hash) throw unusable("is not what the shim was written for", path);
  const plan = parse(bytes.toString("utf8"));
  if (plan) return plan;
  throw unusable("is not a plan", path);
}

/** Its bytes are known: the rest is what this build, or an earlier one, has written. */
function parse(text: string): ShimPlan | undefined {
  try {
    const value = JSON.parse(text) as Partial<ShimPlan> | null;
    return value?.build === undefined ? undefined : (value as ShimPlan);
  } catch {
    return undefined;
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unusable("cannot be read", error instanceof Error ? error.message : path);
  }
}

function unusable(what: string, origin: string): UserError {
  return new UserError(`the plan of this shim ${what}`, {
    origin,
    hint: "look what became of it, and write it again: pale shims",
  });
}
