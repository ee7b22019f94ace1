import { readLayout } from "./layout.ts";
import { findPlace } from "./places.ts";
import type { ListName, Place } from "./places.ts";
import { formatKey, formatString, nameTable } from "./toml-words.ts";

/** What the user adds where pale cannot, and the line (from 1) where it belongs. */
export type ByHand = { line: number; advice: string };

/** @param text a text that smol-toml accepts, of the file that the strings belong in */
export function describeByHand(text: string, list: ListName, values: readonly string[]): ByHand {
  const place = findPlace(readLayout(text), list);
  const line = text.slice(0, findStart(place, text)).split("\n").length;
  const words = values.map((value) => formatString(value)).join(", ");
  const { table, key } = list;
  if (place.kind === "list") {
    return { line, advice: `add to \`${key}\` by hand: ${words},` };
  }
  const entry = `${formatKey([key])} = [${words}]`;
  if (table.length === 0) {
    return { line, advice: `add by hand, before the first [table]: ${entry}` };
  }
  if (place.kind === "missing") {
    return { line, advice: `add by hand at the end: ${nameTable(table)} and below it ${entry}` };
  }
  return { line, advice: `add to ${nameTable(table)} by hand: ${entry}` };
}

function findStart(place: Place, text: string): number {
  switch (place.kind) {
    case "list":
      return place.list.start;
    case "inline":
      return place.table.start;
    case "section":
      return place.section.entries.at(-1)?.start ?? place.section.header?.start ?? 0;
    case "dotted":
      return place.after.start;
    case "missing":
      return text.trimEnd().length;
  }
}
