import { showHost } from "../proxy/refuse.ts";
import { type Colour, escapeUntrusted } from "../terminal.ts";
import type {
  ClipboardEvent,
  DecisionEntry,
  EventEntry,
  LogEntry,
  PublishedEvent,
  RequestEvent,
  SignatureEvent,
} from "./entry.ts";
import { joinUntrusted, makeClock, paintIn, type Style } from "./show.ts";

/**
 * One line for each entry, without its end: time, verdict, where to, by which door, why, and the
 * profile. In columns; what is too wide for its column pushes the rest of its own line only.
 */
export function describeEntries(entries: readonly LogEntry[], style: Style): string[] {
  const clock = makeClock(style);
  const rows = entries.map((entry) => [clock(entry.time), ...describeEntry(entry)]);
  const widths = COLUMNS.map(({ least, most }, column) => {
    const widest = Math.max(least, ...rows.map((row) => row[column]?.length ?? 0));
    return Math.min(widest, most);
  });
  return rows.map((row, index) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    const [time = "", word = "", ...rest] = cells;
    const colour = colourOf(entries[index]);
    return [time, paintIn(style, word, colour), ...rest].join("  ").trimEnd();
  });
}

/** So wide that the few lines which come one after the other stand below each other as well. */
const COLUMNS = [
  { least: 19, most: 19 },
  { least: 6, most: 10 },
  { least: 32, most: 48 },
  { least: 5, most: 5 },
  { least: 24, most: 48 },
  { least: 0, most: 0 },
];

function describeEntry(entry: LogEntry): string[] {
  const profile = escapeUntrusted(entry.profile);
  if ("event" in entry && entry.event === "request") {
    const { verdict, method, status = "" } = entry;
    const target = `${method} ${entry.host}${entry.path}`;
    return [verdict, escapeUntrusted(target), String(status), describeRequest(entry), profile];
  }
  if ("event" in entry) return [entry.event, "", "", describeEvent(entry), profile];
  return [entry.verdict, nameTarget(entry), entry.door, describeWhy(entry), profile];
}

/** `host:port`, safe to print; a client may have gone before it named one. */
export function nameTarget({ host, port }: Pick<DecisionEntry, "host" | "port">): string {
  return host === "" && port === undefined ? "-" : showHost({ host, port });
}

function describeWhy(entry: DecisionEntry): string {
  const { verdict, reason, rule, address, learn } = entry;
  const parts =
    verdict === "allow"
      ? [learn && rule === "open" ? "open, to learn" : rule, address]
      : [reason, reason === "denied-by-rule" ? rule : undefined, address];
  return joinUntrusted(parts.filter((part) => part !== undefined));
}

function describeEvent(entry: Exclude<EventEntry, { event: "request" }>): string {
  switch (entry.event) {
    case "started":
      return entry.learn ? "to learn" : "";
    case "ended":
      return "";
    case "suppressed":
      return `${entry.count} ${entry.count === 1 ? "line is" : "lines are"} missing`;
    case "fault":
      return `a bug in pale: ${escapeUntrusted(entry.message)}`;
    case "clipboard":
    case "clipboard-refused":
      return describeClipboard(entry);
    case "signature":
    case "signature-refused":
      return describeSignature(entry);
    case "reload":
      return describeReload(entry.problem);
    default:
      return describePublished(entry);
  }
}

function describeRequest({ reason, credential, sent, received }: RequestEvent): string {
  const why = reason ?? (credential === undefined ? undefined : `with ${credential}`);
  const parts = [why, `${sent} sent`, `${received} received`];
  return joinUntrusted(parts.filter((part) => part !== undefined));
}

function describeReload(problem: string | undefined): string {
  return problem === undefined ? "new rules" : `the rules stay: ${escapeUntrusted(problem)}`;
}

function describeClipboard(entry: ClipboardEvent): string {
  const what = entry.event === "clipboard" ? `${entry.bytes} bytes` : escapeUntrusted(entry.reason);
  return `${escapeUntrusted(entry.type)}: ${what}`;
}

function describeSignature(entry: SignatureEvent): string {
  const { key, comment, purpose } = entry;
  const reason = entry.event === "signature" ? "" : entry.reason;
  return joinUntrusted([`${key} ${comment}`.trim(), purpose, reason].filter((part) => part !== ""));
}

function describePublished(entry: PublishedEvent): string {
  const ports = `${entry.sandboxPort} inside, ${entry.hostPort} outside`;
  if (entry.event === "port-taken") return `${ports}: ${escapeUntrusted(entry.code)}`;
  return entry.event === "refused" ? `${ports}: ${escapeUntrusted(entry.reason)}` : ports;
}

function colourOf(entry: LogEntry | undefined): Colour {
  if (!entry || ("event" in entry && entry.event !== "request")) return "dim";
  if (entry.verdict === "allow") return "green";
  return entry.verdict === "deny" ? "red" : "yellow";
}
