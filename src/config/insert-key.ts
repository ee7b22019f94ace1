import type { Draft, Insertion } from "./draft.ts";
import { insertLineBelow, readIndentation, readLineEnd } from "./draft.ts";
import type { Section } from "./layout.ts";
import type { ListName, Place, TableValue } from "./places.ts";
import { formatKey, formatString } from "./toml-words.ts";

/** What has to be put in for a list that is not there yet, with its first string. */
export function insertList(
  draft: Draft,
  place: Exclude<Place, { kind: "list" }>,
  { table, key, value }: ListName & { value: string },
): Insertion {
  const write = (names: readonly string[]) => {
    return `${formatKey(names, draft.quote)} = [${formatString(value, draft.quote)}]`;
  };
  switch (place.kind) {
    case "inline":
      return insertInline(draft, place.table, write(place.names));
    case "section":
      return insertInSection(draft, place.section, write(place.names));
    case "dotted": {
      const { start, value: last } = place.after;
      const line = `${readIndentation(draft.text, start)}${write(place.names)}`;
      return insertLineBelow(draft.text, last.end, line);
    }
    case "missing":
      return appendTable(draft, `[${formatKey(table, draft.quote)}]`, write([key]));
  }
}

function insertInline({ text }: Draft, { start, entries }: TableValue, entry: string): Insertion {
  const last = entries.at(-1);
  if (last) return { at: last.value.end, text: `, ${entry}` };
  return { at: start + 1, text: ` ${entry}${text[start + 1] === "}" ? " " : ""}` };
}

/** Below the last key: what follows that belongs to the next table. */
function insertInSection(draft: Draft, { header, entries }: Section, entry: string): Insertion {
  const last = entries.at(-1);
  const start = last?.start ?? header?.start;
  if (start === undefined) return insertAtTop(draft, entry);
  const line = `${readIndentation(draft.text, start)}${entry}`;
  return insertLineBelow(draft.text, last?.value.end ?? header?.end ?? start, line);
}

/**
 * The first key at the top, before any header. Below the comment that the file begins
 * with, when a blank line sets that off; not further down, where a header may be in a
 * comment that somebody takes the `#` away from.
 */
function insertAtTop({ text }: Draft, entry: string): Insertion {
  const lineEnd = readLineEnd(text, 0);
  const opening = /^\uFEFF?(?:[ \t]*#[^\n]*(?:\n|$))+(?=\r?\n|$)/u.exec(text)?.[0];
  if (opening !== undefined) {
    const missing = opening.endsWith("\n") ? "" : lineEnd;
    return { at: opening.length, text: `${missing}${lineEnd}${entry}${lineEnd}` };
  }
  const at = text.startsWith("\uFEFF") ? 1 : 0;
  const isFree = /^\s*$|^\r?\n/u.test(text.slice(at));
  return { at, text: `${entry}${lineEnd}${isFree ? "" : lineEnd}` };
}

function appendTable({ text }: Draft, header: string, entry: string): Insertion {
  const lineEnd = readLineEnd(text, text.length);
  const isEmpty = /^\uFEFF?$/u.test(text);
  const missing = isEmpty || text.endsWith("\n") ? "" : lineEnd;
  const blank = isEmpty || /\n[ \t]*\r?\n$/u.test(text) ? "" : lineEnd;
  return { at: text.length, text: `${missing}${blank}${header}${lineEnd}${entry}${lineEnd}` };
}
