import type { Decision, RequestLine } from "../proxy/context.ts";
import { escapeUntrusted } from "../terminal.ts";

/** Whose line it is. */
export type Sandbox = {
  /** Short and unlike any other: `4711-k3f9`. */
  sandbox: string;
  profile: string;
  /** Real path of the project's root. */
  project: string;
  /**
   * The session lets everything through that no rule denies, to find out what is needed: what is
   * allowed by the rule `open` would have been refused.
   */
  learn?: true;
};

/** What `profile` says of a sandbox that has none: the settings for every profile, and no more. */
export const NO_PROFILE = "default";

/** What else happens to a sandbox's network. */
export type LogEvent =
  | { event: "started" }
  | { event: "ended" }
  /** Lines that are missing before this one: too many at once, or the disk did not take them. */
  | { event: "suppressed"; count: number }
  /** A bug of ours ended a connection. */
  | { event: "fault"; message: string }
  /** A configuration file changed; `problem` is why the rules stay what they were. */
  | { event: "reload"; problem?: string }
  | ClipboardEvent
  | SignatureEvent
  | RequestEvent
  | PublishedEvent;

/** A request that was looked at, to a host that `proxies` names. */
export type RequestEvent = { event: "request" } & RequestLine;

/** What became of a request of something inside for the clipboard; nothing of the content. */
export type ClipboardEvent =
  | { event: "clipboard"; type: string; bytes: number }
  | { event: "clipboard-refused"; type: string; reason: string };

/**
 * What became of a request of something inside for a signature: `key` is a fingerprint, `comment`
 * empty for a key that is not the sandbox's, `purpose` for what cannot be read.
 */
export type SignatureEvent = { key: string; comment: string; purpose: string } & (
  | { event: "signature" }
  | { event: "signature-refused"; reason: string }
);

/** What became of a server inside that is to be shown on the host's loopback. */
export type PublishedEvent = { sandboxPort: number; hostPort: number } & (
  | { event: "published" }
  | { event: "withdrawn" }
  /** The host's port cannot be had now: `EADDRINUSE`, `EACCES`. */
  | { event: "port-taken"; code: string }
  | { event: "refused"; reason: string }
);

export type DecisionEntry = Sandbox & Decision;

/** `time` is ISO 8601, UTC, as in a decision. */
export type EventEntry = Sandbox & LogEvent & { time: string };

/** One line of the log, as JSON; `event` tells the two kinds apart. */
export type LogEntry = DecisionEntry | EventEntry;

/** A write of no more than this is never mixed with another process's. */
export const MOST_LINE_BYTES = 4096;

/**
 * The line, with its end; always shorter than `MOST_LINE_BYTES`, so what is too long is cut.
 * Nothing in it acts on a terminal, and it is still the same JSON.
 */
export function renderEntry(entry: LogEntry): string {
  const fields = Object.entries(entry).map(([name, value]: [string, unknown]) => {
    return [name, typeof value === "string" ? cut(value, MOST_BYTES[name] ?? 100) : value];
  });
  return `${renderText(Object.fromEntries(fields))}\n`;
}

/** Of a string's JSON. Together with the names of all fields well below the length of a line. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  project: 1400,
  host: 1000,
  path: 600,
  message: 1000,
  purpose: 400,
  comment: 200,
  problem: 1000,
  rule: 300,
  address: 300,
  profile: 200,
};

function cut(text: string, most: number): string {
  if (text.length * MOST_BYTES_PER_UNIT <= most || measure(text) <= most) return text;
  let bytes = measure("...");
  let kept = "";
  for (const character of text) {
    bytes += measure(character);
    if (bytes > most) break;
    kept += character;
  }
  return `${kept}...`;
}

/** A control character as JSON: `\u0000`. */
const MOST_BYTES_PER_UNIT = 6;

function measure(text: string): number {
  return Buffer.byteLength(renderText(text)) - 2;
}

/** JSON escapes only the first 32 characters; others act on a terminal as well. */
function renderText(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007F-\u{10FFFF}]/gu, (character) => {
    if (escapeUntrusted(character) === character) return character;
    return character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("");
  });
}
