import { readdirSync, readFileSync } from "node:fs";

export type Process = { pid: number; parent: number; state: string; command: string[] };

/** All processes there are, by /proc. */
export function listProcesses(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

export function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before it may hold anything, but what follows the last parenthesis is plain.
    const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").slice(0, -1);
    return { pid, parent: Number(parent), state, command };
  } catch {
    return undefined;
  }
}

/** As long as one thread is there, what it has open is; the first may be gone before the others. */
export function isAlive(pid: number): boolean {
  const state = readProcess(pid)?.state;
  return state !== undefined && (state !== "Z" || countThreads(pid) > 1);
}

function countThreads(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

/** Those that are alive and have the word among their arguments. */
export function findByWord(word: string): Process[] {
  return listProcesses().filter(({ command, state }) => state !== "Z" && command.includes(word));
}

/** A process, its child, the child's child and so on; each has one at most. */
export function listLine(pid: number): number[] {
  const child = childOf(pid);
  return child ? [pid, ...listLine(child.pid)] : [pid];
}

function childOf(pid: number): Process | undefined {
  return listProcesses().find(({ parent }) => parent === pid);
}
