import { branch, type Decision } from "./decision.ts";

/** Every number from `from` up to the next segment's start is decided alike. */
export type Segment = { from: number; decision: Decision };

/**
 * Cuts the numbers 0 and up where the decision changes. `decisions` is indexed by number;
 * what is missing in it, and everything past its end, is decided by `unnamed`.
 */
export function divide(decisions: readonly (Decision | undefined)[], unnamed: Decision): Segment[] {
  const segments: Segment[] = [];
  for (let from = 0; from <= decisions.length; from += 1) {
    const decision = decisions[from] ?? unnamed;
    if (decision !== segments.at(-1)?.decision) segments.push({ from, decision });
  }
  return segments;
}

/** Finds the loaded number's segment by halves: seven comparisons for a hundred segments. */
export function search(segments: readonly Segment[]): Decision {
  const upper = segments.slice(segments.length / 2);
  const [middle] = upper;
  if (!middle) throw new Error("nothing to search in");
  if (segments.length === 1) return middle.decision;
  return branch({
    test: "atLeast",
    operand: middle.from,
    yes: search(upper),
    no: search(segments.slice(0, segments.length / 2)),
  });
}
