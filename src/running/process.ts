import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** One process, as the kernel tells. */
export type ProcessFact = {
  pid: number;
  parent: number;
  /** One letter: `R`, `S`, `T`, `Z`... */
  state: string;
  /** Ticks since the machine started; with the number it names one process for good. */
  start: string;
};

/** @param text `/proc/PID/stat`; the name in it may hold anything, also spaces and parentheses */
export function parseStat(text: string): ProcessFact | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [letter = "", parent = ""] = fields;
  const threads = Number(fields[17]);
  const start = fields[19];
  // The first thread has ended, and others go on: it runs.
  const state = letter === "Z" && threads > 1 ? "S" : letter;
  const pid = Number.parseInt(text, 10);
  if (start === undefined || !(pid > 0)) return undefined;
  return { pid, parent: Number(parent), state, start };
}

/** The processes that can be seen and have not ended. */
export function listProcesses(): ProcessFact[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

function readProcess(pid: number): ProcessFact | undefined {
  const process = parseStat(readFact(pid, "stat") ?? "");
  return process?.state === "Z" ? undefined : process;
}

/** Another process may have its number by now. */
export function isAlive({ pid, start }: Pick<ProcessFact, "pid" | "start">): boolean {
  return readProcess(pid)?.start === start;
}

/** The text of `/proc/PID/NAME`; `undefined` when it has ended or is somebody else's. */
export function readFact(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

/** Where `/proc/PID/NAME` leads: `exe`, `ns/pid`. */
export function readFactLink(pid: number | "self", name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}

/** The words of a command line, or the entries of an environment. */
export function readWords(pid: number, name: "cmdline" | "environ"): string[] {
  return readFact(pid, name)?.split("\0").slice(0, -1) ?? [];
}

/** Who runs it; `undefined` when it has ended. */
export function readUser(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}

/** What the kernel counts time in, for programs. */
const TICKS_PER_SECOND = 100;

/** When the machine started, in seconds since 1970, as `/proc/stat` says. */
export function readBootTime(): number {
  const [, seconds = "0"] = /^btime (\d+)$/mu.exec(readFileSync("/proc/stat", "utf8")) ?? [];
  return Number(seconds);
}

/** @param start in ticks since the machine started */
export function toDate(start: string, bootSeconds: number): Date {
  return new Date((bootSeconds + Number(start) / TICKS_PER_SECOND) * 1000);
}
