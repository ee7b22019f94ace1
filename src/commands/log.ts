import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import { describeDenied, groupDenied } from "../log/denied.ts";
import { describeEntries } from "../log/describe.ts";
import { type LogEntry, renderEntry } from "../log/entry.ts";
import { openLogReader } from "../log/follow.ts";
import { logFile } from "../log/path.ts";
import { contains } from "../plan/paths.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";

export type ShowOptions = {
  /** Go on until the process is told to end. */
  follow?: boolean;
  /** Only what was refused; grouped, but for what follows and for JSON. */
  denied?: boolean;
  json?: boolean;
  profile?: string;
  /** A directory in the project, or one that projects are in. */
  project?: string;
  /** How many of the last lines or groups. */
  count: number;
  colour?: boolean;
  /** Ends the following. */
  signal?: AbortSignal;
};

/** `pale log`: what sandboxes asked for, and what became of it. */
export async function showLog(invocation: Invocation, options: ShowOptions): Promise<void> {
  const file = logFile(findDirectories(invocation.environment));
  const isWanted = makeFilter(invocation, options);
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) invocation.print(lines.map((line) => `${line}\n`).join(""));
  };
  const reader = openLogReader(file);
  try {
    const past = reader.read().filter(isWanted);
    if (past.length === 0 && !options.json && !options.follow) {
      const what = options.denied ? "nothing denied" : "nothing";
      return invocation.print(`${what} in ${escapeUntrusted(file)}\n`);
    }
    print(renderPast(past, options));
    while (options.follow && (await waitFor(options.signal))) {
      print(renderLines(reader.read().filter(isWanted), options));
    }
  } finally {
    reader.close();
  }
}

/** @throws UserError when it is not a number of lines */
export function readCount(text: string): number {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new UserError(`\`--count\` does not take \`${text}\``, { hint: "a number of lines" });
}

function makeFilter(invocation: Invocation, options: ShowOptions): (entry: LogEntry) => boolean {
  const { profile, denied } = options;
  const isProject = makeProjectFilter(invocation, options.project);
  return (entry) => {
    if (denied && ("event" in entry || entry.verdict !== "deny")) return false;
    if (profile !== undefined && entry.profile !== profile) return false;
    return isProject(entry.project);
  };
}

function makeProjectFilter(
  { workingDirectory }: Invocation,
  wanted: string | undefined,
): (project: string) => boolean {
  if (wanted === undefined) return () => true;
  const path = resolve(workingDirectory, wanted);
  const real = followLinks(path)?.real ?? path;
  return (project) => contains(real, project) || contains(project, real);
}

function renderPast(entries: readonly LogEntry[], options: ShowOptions): string[] {
  const isGrouped = options.denied && !options.json && !options.follow;
  if (!isGrouped) return renderLines(takeLast(entries, options.count), options);
  const groups = takeLast(groupDenied(entries), options.count);
  const blocks = describeDenied(groups, { colour: options.colour ?? false });
  return blocks.map((block, index) => (index === 0 ? block : `\n${block}`));
}

function renderLines(entries: readonly LogEntry[], { json, colour }: ShowOptions): string[] {
  if (json) return entries.map((entry) => renderEntry(entry).trimEnd());
  return describeEntries(entries, { colour: colour ?? false });
}

function takeLast<T>(list: readonly T[], count: number): readonly T[] {
  return list.slice(Math.max(0, list.length - count));
}

/** Whether to look again. */
async function waitFor(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await setTimeout(POLL_MILLISECONDS, undefined, { ...(signal && { signal }) });
    return true;
  } catch {
    return false;
  }
}

const POLL_MILLISECONDS = 250;
