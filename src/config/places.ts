import { listEntries } from "./layout.ts";
import type { Entry, Layout, Section, Value } from "./layout.ts";

/** A list in a TOML text: its key, and the table that it stands in (`[]`: the top level). */
export type ListName = { table: readonly string[]; key: string };

/**
 * Where a list is in a text, or where it would have to be made. `names`: the key as it
 * has to be written there.
 */
export type Place =
  | { kind: "list"; list: ArrayValue }
  /** In `{ ... }`, which may be the table itself or one above it. */
  | { kind: "inline"; table: TableValue; names: readonly string[] }
  /** Below a header of its own, or at the top. */
  | { kind: "section"; section: Section; names: readonly string[] }
  /** In a table that only dotted keys make; `after` is the last of them. */
  | { kind: "dotted"; after: Entry; names: readonly string[] }
  | { kind: "missing" };

export type ArrayValue = Extract<Value, { kind: "array" }>;
export type TableValue = Extract<Value, { kind: "table" }>;

export function findPlace(layout: Layout, { table, key }: ListName): Place {
  const path = [...table, key];
  const entries = listEntries(layout);
  const found = entries.find((entry) => isSame(entry.path, path))?.value;
  if (found?.kind === "array") return { kind: "list", list: found };
  const inline = entries.findLast(({ path, value }) => {
    return value.kind === "table" && startsWith(table, path);
  });
  if (inline?.value.kind === "table") {
    return { kind: "inline", table: inline.value, names: path.slice(inline.path.length) };
  }
  const section = layout.sections.find((each) => !each.isElement && isSame(each.path, table));
  if (section) return { kind: "section", section, names: [key] };
  return findDotted(layout, path) ?? { kind: "missing" };
}

function findDotted({ sections }: Layout, path: readonly string[]): Place | undefined {
  const table = path.slice(0, -1);
  const above = sections.filter((section) => startsWith(table, section.path));
  for (const section of above) {
    const after = section.entries.findLast(({ names }) => {
      return startsWith([...section.path, ...names], table);
    });
    if (after) return { kind: "dotted", after, names: path.slice(section.path.length) };
  }
  return undefined;
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((name, index) => name === path[index]);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWith(a, b);
}
