import { readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import { findStaleness } from "./plan.ts";
import type { Present } from "./plan.ts";
import type { PlanReference } from "./plan-reference.ts";
import { parseReference, readPlan } from "./plan-reference.ts";
import { SCRIPT_WORD, unquoteForScript } from "./quote.ts";

/** What a launch would make of the plan that a shim names. */
export type PlanState =
  | { kind: "none" }
  | { kind: "holds" }
  /** The launch reads the files, and renews the plan. */
  | { kind: "stale"; reason: string }
  /** The launch stops. */
  | { kind: "unusable"; reason: string };

/** @param shim the shim's file */
export function readPlanState(shim: string, present: Present): PlanState {
  const reference = findReference(shim);
  if (reference === undefined) return { kind: "none" };
  try {
    const reason = findStaleness(readPlan(reference), present);
    return reason === undefined ? { kind: "holds" } : { kind: "stale", reason };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "unusable", reason: error.message.replace("the plan of this shim ", "") };
  }
}

const PLAN = new RegExp(` --plan (${SCRIPT_WORD}) `, "u");

function findReference(shim: string): PlanReference | undefined {
  const [, word] = PLAN.exec(readText(shim)) ?? [];
  return word === undefined ? undefined : parseReference(unquoteForScript(word));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** In a few words. */
export function describePlanState(state: PlanState): string {
  switch (state.kind) {
    case "none":
    case "holds":
      return state.kind;
    case "stale":
      return `stale: ${state.reason}`;
    case "unusable":
      return `unusable: ${state.reason}`;
  }
}
