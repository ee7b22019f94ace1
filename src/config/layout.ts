import { parse } from "smol-toml";
import { maskStrings } from "./mask.ts";

/**
 * Where everything stands in a TOML text that smol-toml has already accepted, as offsets
 * into it. `edit.ts` changes the text at these places; what it makes is parsed again
 * before anyone uses it, so a mistake here refuses an edit and never spoils a file.
 */
export type Layout = {
  /** The part before the first header, then one for every header, in order. */
  sections: [Section, ...Section[]];
};

/** A table header (none at the top) and the keys below it. */
export type Section = {
  path: string[];
  header: Span | undefined;
  /** `[[...]]`: one of several tables. */
  isElement: boolean;
  entries: Entry[];
};

/** `names = value`, relative to its section or inline table. */
export type Entry = { start: number; names: string[]; value: Value };

export type Value = Span &
  (
    | { kind: "array"; elements: Value[]; commas: number[] }
    | { kind: "table"; entries: Entry[] }
    | { kind: "other" }
  );

export type Span = { start: number; end: number };

/** Comments and what is in strings are blanked out in `masked`: what is left is structure. */
type Source = { text: string; masked: string };

/** @throws Error for a text that smol-toml would not accept */
export function readLayout(text: string): Layout {
  const source = { text, masked: maskStrings(text) };
  const top: Section = { path: [], header: undefined, isElement: false, entries: [] };
  const sections: Layout["sections"] = [top];
  let section = top;
  let at = skipBlank(source, 0);
  while (at < text.length) {
    if (source.masked[at] === "[") {
      section = readHeader(source, at);
      sections.push(section);
    } else {
      section.entries.push(readEntry(source, at));
    }
    at = skipBlank(source, section.entries.at(-1)?.value.end ?? section.header?.end ?? at);
  }
  return { sections };
}

function readHeader({ text, masked }: Source, start: number): Section {
  const isElement = masked[start + 1] === "[";
  const brackets = isElement ? 2 : 1;
  const close = find(masked, "]", start);
  const path = readNames(text.slice(start + brackets, close));
  return { path, header: { start, end: close + brackets }, isElement, entries: [] };
}

function readEntry(source: Source, start: number): Entry {
  const equals = find(source.masked, "=", start);
  const names = readNames(source.text.slice(start, equals));
  return { start, names, value: readValue(source, skipBlank(source, equals + 1)) };
}

/** The dotted names of a key, by the parser itself: quotes and escapes are its business. */
function readNames(key: string): string[] {
  const names: string[] = [];
  let node: unknown = parse(`${key.trim()} = 0`);
  while (typeof node === "object" && node !== null) {
    const [name = "", inner] = Object.entries(node)[0] ?? [];
    names.push(name);
    node = inner as unknown;
  }
  return names;
}

function readValue(source: Source, start: number): Value {
  const { masked } = source;
  const first = masked[start] ?? "";
  if (first === "[") return readArray(source, start);
  if (first === "{") return readTable(source, start);
  if (first === '"' || first === "'") {
    return { kind: "other", start, end: find(masked, first, start + 1) + 1 };
  }
  const bare = /[^,\]}\n]*/uy;
  bare.lastIndex = start;
  const length = bare.exec(masked)?.[0].trimEnd().length ?? 0;
  return { kind: "other", start, end: start + length };
}

function readArray(source: Source, start: number): Value {
  const elements: Value[] = [];
  const commas: number[] = [];
  const end = readItems(source, start, (at) => {
    if (source.masked[at] === ",") {
      commas.push(at);
      return at + 1;
    }
    const element = readValue(source, at);
    elements.push(element);
    return element.end;
  });
  return { kind: "array", start, end, elements, commas };
}

function readTable(source: Source, start: number): Value {
  const entries: Entry[] = [];
  const end = readItems(source, start, (at) => {
    if (source.masked[at] === ",") return at + 1;
    const entry = readEntry(source, at);
    entries.push(entry);
    return entry.value.end;
  });
  return { kind: "table", start, end, entries };
}

/** Every entry by its full path, those of inline tables too, in order. */
export function listEntries({ sections }: Layout): { path: string[]; value: Value }[] {
  return sections.flatMap(({ path, entries }) => entries.flatMap((entry) => nest(path, entry)));
}

function nest(
  above: readonly string[],
  { names, value }: Entry,
): { path: string[]; value: Value }[] {
  const path = [...above, ...names];
  const inside = value.kind === "table" ? value.entries.flatMap((entry) => nest(path, entry)) : [];
  return [{ path, value }, ...inside];
}

/** Have `read` go over what is between two brackets; the end, past the closing one. */
function readItems(source: Source, start: number, read: (at: number) => number): number {
  const close = source.masked[start] === "[" ? "]" : "}";
  let at = skipBlank(source, start + 1);
  while (source.masked[at] !== close) {
    const next = read(at);
    if (next <= at) throw unfinished();
    at = skipBlank(source, next);
  }
  return at + 1;
}

function skipBlank({ masked }: Source, from: number): number {
  const blank = /[\s\uFEFF]*/uy;
  blank.lastIndex = from;
  return from + (blank.exec(masked)?.[0].length ?? 0);
}

function find(masked: string, what: string, from: number): number {
  const at = masked.indexOf(what, from);
  if (at === -1) throw unfinished();
  return at;
}

function unfinished(): Error {
  return new Error("a TOML text that was parsed has no layout");
}
