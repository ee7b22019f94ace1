import type { Case, Control } from "./cases.ts";
import type { Observation, Observations } from "./targets.ts";

/** All three runs of the same attempts. */
export type Evidence = {
  inside: Observations;
  outside: Observations;
  /** In namespaces of its own, with every capability over them. */
  privileged: Observations;
};

export type Result = {
  act: string;
  title: string;
  promise: string;
  verdict: "ok" | "fail" | "skipped";
  /** How it was refused, that it was not, or why it cannot be tried. */
  detail: string;
};

/** An attempt counts as refused only where its controls worked. */
export function judgeCases(cases: readonly Case[], evidence: Evidence): Result[] {
  return cases.map(({ controls, ...named }) => {
    const observation = find(evidence.inside, named.act);
    // What worked inside needs no control.
    if (observation.kind === "done") {
      return { ...named, verdict: "fail", detail: observation.detail };
    }
    const missing = controls.flatMap((control) => explain(control, named.act, evidence));
    const [why] = observation.kind === "untried" ? [observation.detail] : missing;
    if (why !== undefined) return { ...named, verdict: "skipped", detail: why };
    return { ...named, verdict: "ok", detail: observation.detail };
  });
}

/** Why a control does not count; empty when it does. */
function explain(control: Control, act: string, evidence: Evidence): string[] {
  const name = control.kind === "inside" ? control.act : act;
  const { kind, detail } = find(evidence[control.kind], name);
  if (kind === "done") return [];
  return [`${SAID[control.kind]}: ${detail}`];
}

const SAID: Record<Control["kind"], string> = {
  outside: "does not work outside either",
  privileged: "does not work with privilege either",
  inside: "what is allowed does not work either",
};

function find(observations: Observations, act: string): Observation {
  return observations[act] ?? { kind: "untried", detail: "it was not tried" };
}
