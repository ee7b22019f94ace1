import { formatKey, formatString } from "../config/toml-words.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { escapeUntrusted } from "../terminal.ts";
import { type DecisionEntry, type LogEntry, NO_PROFILE } from "./entry.ts";
import { makeClock, showCount, type Style } from "./show.ts";

/** What a session let through that would have been refused. */
export type Learned = {
  profile: string;
  project: string;
  /** Time of the first line of the session that is in the log, and of the last. */
  first: string;
  last: string;
  /** Host rules in their normal form, in alphabetical order, each with how often it was used. */
  rules: { rule: string; count: number }[];
  /** Lines of the session that are not in the log. */
  missing: number;
};

/**
 * Of each profile the last session that was there to learn. The settings for every profile come
 * first: in a file they must stand before any table.
 */
export function collectLearned(entries: readonly LogEntry[]): Learned[] {
  const learning = entries.filter(({ learn }) => learn === true);
  const lasts = new Map(learning.map(({ profile, sandbox }) => [profile, sandbox]));
  const ordered = [
    ...[...lasts].filter(([profile]) => profile === NO_PROFILE),
    ...[...lasts].filter(([profile]) => profile !== NO_PROFILE),
  ];
  return ordered.map(([, sandbox]) => {
    return summarize(learning.filter((entry) => entry.sandbox === sandbox));
  });
}

function summarize(session: readonly LogEntry[]): Learned {
  const [first, last] = [session[0], session.at(-1)];
  if (!first || !last) throw new Error("a session without lines");
  const rules = session.flatMap((entry) => ("event" in entry ? [] : (nameRule(entry) ?? [])));
  const counts = new Map<string, number>();
  for (const rule of rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const missing = session.map((entry) => {
    return "event" in entry && entry.event === "suppressed" ? entry.count : 0;
  });
  return {
    profile: last.profile,
    project: last.project,
    first: first.time,
    last: last.time,
    rules: [...counts.keys()].sort().map((rule) => ({ rule, count: counts.get(rule) ?? 0 })),
    missing: missing.reduce((sum, count) => sum + count, 0),
  };
}

/** The rule for what only the open mode let through. */
function nameRule({ verdict, rule, host, port }: DecisionEntry): string | undefined {
  if (verdict !== "allow" || rule !== "open" || port === undefined) return undefined;
  const bare = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const parsed = parseHostRule(port === 443 || port === 80 ? bare : `${bare}:${port}`);
  return "problem" in parsed ? undefined : parsed.text;
}

/** A part of a configuration file. */
export function renderLearned(learned: Learned, style: Style): string {
  const { profile, rules } = learned;
  const header = profile === NO_PROFILE ? [] : [`[${formatKey(["profile", profile])}]`];
  const list = rules.map(({ rule, count }) => {
    return `  ${formatString(rule)}, # ${showCount(count)}`;
  });
  const lines = [
    ...describeSession(learned, style),
    ...header,
    ...(list.length === 0 ? ["allow = []"] : ["allow = [", ...list, "]"]),
  ];
  return `${lines.map(escapeUntrusted).join("\n")}\n`;
}

function describeSession({ first, last, ...learned }: Learned, style: Style): string[] {
  const clock = makeClock(style);
  const lines = [`# learned from ${clock(first)} to ${clock(last)} in ${learned.project}`];
  if (learned.rules.length === 0) lines.push("# nothing would have been refused");
  if (learned.missing > 0) {
    lines.push(`# not complete: ${learned.missing} lines are missing, too many came at once`);
  }
  return lines;
}
