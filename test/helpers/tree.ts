import { listProcesses } from "../init/processes.ts";
import type { Process } from "../init/processes.ts";

/** A process and all that descend from it, parents first. */
export function listTree(pid: number): Process[] {
  const all = listProcesses().filter(({ state }) => state !== "Z");
  const found = all.filter((process) => process.pid === pid);
  for (const { pid: parent } of found) {
    found.push(...all.filter((process) => process.parent === parent));
  }
  return found;
}

/** The parts of a sandbox with a filtered network, by what they run. */
export function findParts(pid: number): Record<string, number> {
  const parts: Record<string, number> = {};
  for (const { pid: each, command } of listTree(pid)) {
    const part = namePart(command);
    if (part !== undefined) parts[part] ??= each;
  }
  return parts;
}

function namePart([program = "", first = ""]: readonly string[]): string | undefined {
  if (first === "outer" || first === "inner") return first;
  if (first === "supervise") return "supervisor";
  if (program.endsWith("/bwrap")) return "bwrap";
  return program === "sh" ? "agent" : undefined;
}
