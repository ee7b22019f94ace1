import type { Decision } from "../proxy/context.ts";
import { makeBucket, type Rate } from "./bucket.ts";
import { type LogEntry, type LogEvent, renderEntry, type Sandbox } from "./entry.ts";
import { openLogFile } from "./file.ts";

/**
 * Where a sandbox's decisions go. What is in the sandbox can cause millions of them, so only so
 * many are written; how many are missing is written later.
 *
 * Nothing here throws because of the file: what cannot be written is missing, and counted.
 */
export type Log = {
  appendDecision: (decision: Decision) => void;
  appendEvent: (event: LogEvent) => void;
  /** Writes how many lines are missing, if any are, and closes the file. */
  close: () => void;
};

export type LogOptions = Omit<Sandbox, "learn"> & {
  file: string;
  learn: boolean;
  limits?: Partial<LogLimits>;
  /** Milliseconds since 1970. */
  now?: () => number;
};

export type LogLimits = Rate & {
  /** Of the file, before it is put aside. */
  mostBytes: number;
  /** Of one sandbox's lines: none may push out those of all others. */
  mostOwnBytes: number;
  /** From the first line that is missing to the one that says how many are. */
  reportMilliseconds: number;
};

const DEFAULT_LOG_LIMITS: LogLimits = {
  burst: 500,
  perSecond: 20,
  mostBytes: 8 * 1024 * 1024,
  mostOwnBytes: 4 * 1024 * 1024,
  reportMilliseconds: 5000,
};

/** What a sandbox cannot cause: such lines are never left out. */
const RARE: ReadonlySet<LogEvent["event"]> = new Set(["started", "ended", "suppressed", "reload"]);

/** The file is opened, and its directory made, when the first line is written. */
export function openLog({ sandbox, profile, project, learn, ...options }: LogOptions): Log {
  const limits = { ...DEFAULT_LOG_LIMITS, ...options.limits };
  const now = options.now ?? Date.now;
  const file = openLogFile({ path: options.file, mostBytes: limits.mostBytes });
  const isWithin = makeBudget(limits, now);
  const who: Sandbox = { sandbox, profile, project, ...(learn && { learn: true }) };
  let missing = 0;
  let timer: NodeJS.Timeout | undefined;

  const append = (entry: LogEntry): boolean => file.append(renderEntry(entry));
  const stamp = (event: LogEvent): LogEntry => {
    return { time: new Date(now()).toISOString(), ...who, ...event };
  };
  const reportMissing = (): void => {
    timer = undefined;
    if (missing > 0 && append(stamp({ event: "suppressed", count: missing }))) missing = 0;
    if (missing > 0) startTimer();
  };
  const startTimer = (): void => {
    timer ??= setTimeout(reportMissing, limits.reportMilliseconds).unref();
  };
  const appendOrCount = (entry: LogEntry): void => {
    const isLimited = !("event" in entry) || !RARE.has(entry.event);
    if ((!isLimited || isWithin(entry)) && append(entry)) return;
    missing += 1;
    // At once for the first: the end of the sandbox ends this process too.
    if (timer === undefined) reportMissing();
    startTimer();
  };
  return {
    appendDecision: ({ time, ...decision }) => appendOrCount({ time, ...who, ...decision }),
    appendEvent: (event) => appendOrCount(stamp(event)),
    close: () => {
      reportMissing();
      clearTimeout(timer);
      file.close();
    },
  };
}

/** So many lines at once and in a second, and so many bytes in all. */
function makeBudget(limits: LogLimits, now: () => number): (entry: LogEntry) => boolean {
  const isWithinRate = makeBucket(limits, now);
  let bytes = 0;
  return (entry) => {
    if (bytes >= limits.mostOwnBytes || !isWithinRate()) return false;
    bytes += renderEntry(entry).length;
    return true;
  };
}
