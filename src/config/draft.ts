import type { Layout } from "./layout.ts";
import type { Quote } from "./toml-words.ts";

/** A TOML text on its way to be changed: the text, what is structure in it, where things stand. */
export type Draft = { text: string; masked: string; layout: Layout; quote: Quote };

/** Text to be put in, at an offset of the text as it was. */
export type Insertion = { at: number; text: string };

/** The text with the insertions, which are in the order of their places. */
export function insert(text: string, insertions: readonly Insertion[]): string {
  return insertions.reduceRight((changed, { at, text: added }) => {
    return changed.slice(0, at) + added + changed.slice(at);
  }, text);
}

/** Offset of the first character of the line that `at` is on. */
export function findLineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** The blanks that the line of `at` begins with. */
export function readIndentation(text: string, at: number): string {
  return /^[ \t]*/u.exec(text.slice(findLineStart(text, at), at))?.[0] ?? "";
}

/** How the line of `at` ends, or, when it is the last and does not, the first one. */
export function readLineEnd(text: string, at: number): string {
  const own = text.indexOf("\n", at);
  const end = own === -1 ? text.indexOf("\n") : own;
  return text[end - 1] === "\r" ? "\r\n" : "\n";
}

/** Put a whole line in, below the line that `at` is on. */
export function insertLineBelow(text: string, at: number, line: string): Insertion {
  const end = text.indexOf("\n", at);
  const lineEnd = readLineEnd(text, at);
  if (end === -1) return { at: text.length, text: `${lineEnd}${line}${lineEnd}` };
  return { at: end + 1, text: `${line}${lineEnd}` };
}
