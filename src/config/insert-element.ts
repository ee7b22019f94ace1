import type { Draft, Insertion } from "./draft.ts";
import { findLineStart, insertLineBelow, readIndentation } from "./draft.ts";
import type { Span } from "./layout.ts";
import type { ArrayValue } from "./places.ts";
import { formatString } from "./toml-words.ts";
import type { Quote } from "./toml-words.ts";

/** What has to be put in for an array to end with one more string, in the style of those before. */
export function insertElement(draft: Draft, list: ArrayValue, value: string): Insertion[] {
  const last = list.elements.at(-1);
  if (!last) return [insertFirst(draft, list, formatString(value, draft.quote))];
  const word = formatString(value, quoteOf(draft, last));
  const comma = list.commas.find((at) => at >= last.end);
  const anchor = comma === undefined ? last.end : comma + 1;
  return isBroken(draft, anchor, list.end)
    ? insertOnOwnLine(draft, list, { word, anchor, hasComma: comma !== undefined })
    : [insertOnSameLine(draft, list, { word, anchor, hasComma: comma !== undefined })];
}

type Element = {
  word: string;
  /** The end of what is there, its comma included. */
  anchor: number;
  hasComma: boolean;
};

/** `[]` becomes `["x"]`, `[ ]` becomes `[ "x" ]`; of several lines, the last is for the bracket. */
function insertFirst({ text, masked }: Draft, list: ArrayValue, word: string): Insertion {
  const close = list.end - 1;
  const inside = masked.slice(list.start + 1, close);
  if (!inside.includes("\n")) {
    return { at: list.start + 1, text: inside === "" ? word : ` ${word}` };
  }
  const before = findLineStart(text, close) - 1;
  const comment = readIndentation(text, before);
  const hasComment = text.slice(findLineStart(text, before), before).trimStart().startsWith("#");
  const indentation = hasComment ? comment : `${readIndentation(text, list.start)}  `;
  return insertLineBelow(text, before, `${indentation}${word},`);
}

function insertOnOwnLine(draft: Draft, list: ArrayValue, element: Element): Insertion[] {
  const { text } = draft;
  const { word, anchor, hasComma } = element;
  const line = insertLineBelow(
    text,
    anchor,
    `${indentationOf(draft, list)}${word}${hasComma ? "," : ""}`,
  );
  return hasComma ? [line] : [{ at: anchor, text: "," }, line];
}

function insertOnSameLine(draft: Draft, list: ArrayValue, element: Element): Insertion {
  const { word, anchor, hasComma } = element;
  const gap = gapOf(draft, list);
  return { at: anchor, text: hasComma ? `${gap}${word},` : `,${gap}${word}` };
}

/** What stands between a comma and the element after it: a blank, nothing, or a new line. */
function gapOf(draft: Draft, { elements, commas }: ArrayValue): string {
  const last = elements.at(-1);
  const comma = commas.findLast((at) => last && at < last.start);
  if (!last || comma === undefined) return " ";
  if (!isBroken(draft, comma, last.start)) return draft.text.slice(comma + 1, last.start);
  const lineStart = findLineStart(draft.text, last.start);
  const lineEnd = draft.text[lineStart - 2] === "\r" ? "\r\n" : "\n";
  return `${lineEnd}${draft.text.slice(lineStart, last.start)}`;
}

/** The blanks before the elements, when they have lines of their own; else two more than the key's. */
function indentationOf({ text }: Draft, { start, elements }: ArrayValue): string {
  const last = elements.at(-1);
  const isOnFirstLine = !last || findLineStart(text, last.start) <= start;
  return isOnFirstLine ? `${readIndentation(text, start)}  ` : readIndentation(text, last.start);
}

function quoteOf({ text, quote }: Draft, { start }: Span): Quote {
  const first = text[start];
  return first === "'" || first === '"' ? first : quote;
}

function isBroken({ masked }: Draft, from: number, to: number): boolean {
  return masked.slice(from, to).includes("\n");
}
