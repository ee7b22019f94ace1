import { describeDenied, groupDenied } from "../log/denied.ts";
import { nameTarget } from "../log/describe.ts";
import type { DecisionEntry, LogEntry } from "../log/entry.ts";
import type { Sandbox } from "./find.ts";

/** What the log says of one sandbox. Names of hosts come from inside, and are safe to print. */
export type NetworkUse = {
  /** `HOST:PORT`, each once. */
  reached: string[];
  denied: string[];
  published: { sandboxPort: number; hostPort: number }[];
  /** Some lines each: what, why, and what would allow it; the latest at the end. */
  refusals: string[];
};

/** @param entries of all sandboxes, oldest first */
export function summarizeNetwork(sandbox: Sandbox, entries: readonly LogEntry[]): NetworkUse {
  const own = entries.filter(({ sandbox: name, time }) => {
    // The number may have been another's before.
    return name.startsWith(`${sandbox.id}-`) && Date.parse(time) >= Number(sandbox.since) - SLACK;
  });
  const decisions = own.flatMap((entry) => ("event" in entry ? [] : entry));
  const style = { colour: false };
  return {
    reached: listTargets(decisions, "allow"),
    denied: listTargets(decisions, "deny"),
    published: listPublished(own),
    refusals: describeDenied(groupDenied(own), style),
  };
}

/** The kernel counts in hundredths of a second, and its clock may have been set. */
const SLACK = 2000;

function listTargets(decisions: readonly DecisionEntry[], verdict: string): string[] {
  return [...new Set(decisions.filter((each) => each.verdict === verdict).map(nameTarget))];
}

function listPublished(entries: readonly LogEntry[]): NetworkUse["published"] {
  const open = new Map<string, NetworkUse["published"][number]>();
  for (const entry of entries) {
    if (!("event" in entry) || (entry.event !== "published" && entry.event !== "withdrawn"))
      continue;
    const { sandboxPort, hostPort } = entry;
    const key = `${sandboxPort} ${hostPort}`;
    if (entry.event === "published") open.set(key, { sandboxPort, hostPort });
    else open.delete(key);
  }
  return [...open.values()];
}
