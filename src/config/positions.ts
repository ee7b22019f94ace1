import { maskStrings } from "./mask.ts";

/**
 * Where a key stands in a TOML text. smol-toml gives positions for syntax errors
 * only; this finds the line of a key path (`["profile", "claude", "mounts", 2, "hsot"]`)
 * in a text that smol-toml has already accepted.
 *
 * It is a scan for lines, not a second parser: the worst it can do is to name the
 * line where the value begins.
 */
export type KeyPath = readonly (string | number)[];

/** 1-based line of the deepest part of `path` that can be found; 1 when none can. */
export function findLine(text: string, path: KeyPath): number {
  const masked = maskStrings(text);
  const entries = scanEntries(text, masked);
  let best: Entry = { path: [], start: 0, end: 0 };
  for (const entry of entries) {
    if (entry.path.length > best.path.length && isPrefix(entry.path, path)) best = entry;
  }
  // `[a.b.c]` makes `a.b` without a line of its own.
  const below = entries.find((entry) => isPrefix(path, entry.path));
  const start = below?.start ?? findInsideValue(masked, best, path.slice(best.path.length));
  return text.slice(0, start).split("\n").length;
}

function isPrefix(shorter: KeyPath, longer: KeyPath): boolean {
  return shorter.every((part, index) => part === longer[index]);
}

/** A table header or `key = value`, from the first character of its line to its end. */
type Entry = { path: (string | number)[]; start: number; end: number };

const WORD = /(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')/u.source;
const HEADER = new RegExp(
  `^[ \\t]*(\\[\\[?)[ \\t]*(${WORD}(?:[ \\t]*\\.[ \\t]*${WORD})*)[ \\t]*\\]`,
  "u",
);
const KEY = new RegExp(`^[ \\t]*(${WORD}(?:[ \\t]*\\.[ \\t]*${WORD})*)[ \\t]*=`, "u");

function scanEntries(text: string, masked: string): Entry[] {
  const entries: Entry[] = [];
  const counts = new Map<string, number>();
  let table: (string | number)[] = [];
  let depth = 0;
  let start = 0;
  for (const line of masked.split("\n")) {
    const end = start + line.length;
    const original = text.slice(start, end);
    const header = depth > 0 ? undefined : matchNames(HEADER, line, original);
    const key = depth > 0 || header ? undefined : matchNames(KEY, line, original);
    if (header) table = openTable(header, line.includes("[["), counts);
    if (header) entries.push({ path: table, start, end });
    if (key) entries.push({ path: [...table, ...key], start, end });
    if (!header) depth += countOpen(line);
    const last = entries.at(-1);
    if (last) last.end = end;
    start = end + 1;
  }
  return entries;
}

/** The dotted names that `pattern` finds in the masked line, read from the original one. */
function matchNames(pattern: RegExp, masked: string, original: string): string[] | undefined {
  const match = pattern.exec(masked);
  if (!match) return undefined;
  const names = match.at(-1) ?? "";
  const offset = match[0].indexOf(names);
  const words = original.slice(offset, offset + names.length).match(new RegExp(WORD, "gu")) ?? [];
  return words.map((word) => word.replace(/^["']|["']$/gu, ""));
}

/** `[[a.b]]` twice, then `[a.b.c]`, means `a.b[1].c`. */
function openTable(names: string[], isArray: boolean, counts: Map<string, number>) {
  const own = names.join("\u0000");
  if (isArray) counts.set(own, (counts.get(own) ?? -1) + 1);
  return names.flatMap((name, index): (string | number)[] => {
    const count = counts.get(names.slice(0, index + 1).join("\u0000"));
    return count === undefined ? [name] : [name, count];
  });
}

/** How many brackets a piece of masked text opens and does not close. */
function countOpen(masked: string): number {
  const opened = masked.match(/[[{]/gu)?.length ?? 0;
  const closed = masked.match(/[\]}]/gu)?.length ?? 0;
  return opened - closed;
}

function findInsideValue(masked: string, entry: Entry, rest: KeyPath): number {
  let { start, end } = entry;
  for (const part of rest) {
    const value = masked.slice(start, end);
    const found = typeof part === "number" ? findElement(value, part) : findKey(value, part);
    if (found === undefined) return start;
    end = start + found.end;
    start += found.start;
  }
  return start;
}

/** Where something is in a piece of text. */
type Span = { start: number; end: number };

/** The n-th element of the first array in a piece of masked text. */
function findElement(masked: string, wanted: number): Span | undefined {
  const bracket = masked.indexOf("[");
  const depths = measureDepths(masked.slice(bracket));
  const isComma = (depth: number, index: number) => depth === 1 && masked[bracket + index] === ",";
  const commas = depths.flatMap((depth, index) => (isComma(depth, index) ? [index] : []));
  const bounds = [0, ...commas, depths.length].map((index) => bracket + index);
  const [before, end] = [bounds[wanted], bounds[wanted + 1]];
  if (bracket === -1 || before === undefined || end === undefined) return undefined;
  const blank = /^\s*/u.exec(masked.slice(before + 1, end))?.[0] ?? "";
  return { start: before + 1 + blank.length, end };
}

/** For every character up to the end of the array, how many brackets are open at it. */
function measureDepths(masked: string): number[] {
  let depth = 0;
  const depths: number[] = [];
  for (const character of masked) {
    if (character === "[" || character === "{") depth += 1;
    if (character === "]" || character === "}") depth -= 1;
    if (depth === 0) break;
    depths.push(depth);
  }
  return depths;
}

function findKey(masked: string, key: string): Span | undefined {
  const word = key.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
  const match = new RegExp(`(?<![A-Za-z0-9_-])["']?${word}["']?\\s*[=.]`, "u").exec(masked);
  return match ? { start: match.index, end: masked.length } : undefined;
}
