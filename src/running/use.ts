import type { Sandbox } from "./find.ts";
import { listInside } from "./find.ts";
import { readFact, readWords } from "./process.ts";

/** What runs inside. Command lines are what the processes say of themselves. */
export type ProcessUse = { pid: number; state: string; bytes: number; command: string[] };

/** All but the first process, which is pale's. */
export function readUse(sandbox: Sandbox): ProcessUse[] {
  return listInside(sandbox)
    .filter(({ pid }) => pid !== sandbox.inner.pid)
    .map(({ pid, state }) => {
      const command = readWords(pid, "cmdline");
      return { pid, state, bytes: parseResident(readFact(pid, "status") ?? ""), command };
    });
}

/**
 * Bytes of memory.
 *
 * @param text `/proc/PID/status`
 */
export function parseResident(text: string): number {
  const [, kibibytes = "0"] = /^VmRSS:\s+(\d+) kB$/mu.exec(text) ?? [];
  return Number(kibibytes) * 1024;
}
