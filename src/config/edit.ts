import { isDeepStrictEqual } from "node:util";
import { parse, TomlError } from "smol-toml";
import { UserError } from "../errors.ts";
import { describeByHand } from "./by-hand.ts";
import { insert } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { insertElement } from "./insert-element.ts";
import { insertList } from "./insert-key.ts";
import { readLayout } from "./layout.ts";
import { maskStrings } from "./mask.ts";
import { findPlace } from "./places.ts";
import type { ListName } from "./places.ts";
import { guessQuote, nameTable } from "./toml-words.ts";
import type { SourceText } from "./validate.ts";

/** `line`, from 1, is where the string stands in `text`. */
export type Edited = { kind: "added" | "present"; text: string; line: number };

/**
 * Add a string to a list of strings, at its end; make the list and its table where they
 * are missing. Text is only put in: comments, order and style stay as they are, and what
 * comes out says the same as before but for that one string.
 *
 * @param source a text that smol-toml accepts
 * @throws UserError when it is written in a way that this cannot be done for
 */
export function addToList(source: SourceText, list: ListName, value: string): Edited {
  const path = [...list.table, list.key];
  const before: unknown = parse(source.text);
  const index = readList(before, path)?.indexOf(value) ?? -1;
  if (index >= 0) {
    return { kind: "present", text: source.text, line: findElementLine(source.text, list, index) };
  }
  const wanted = addValue(before, path, value);
  const text = wanted === undefined ? source.text : addText(source.text, list, value);
  if (wanted === undefined || !isDeepStrictEqual(parseChanged(text), wanted)) {
    throw cannotEdit(source, list, value);
  }
  return { kind: "added", text, line: findElementLine(text, list, -1) };
}

function addText(text: string, list: ListName, value: string): string {
  const masked = maskStrings(text);
  const draft: Draft = { text, masked, layout: readLayout(text), quote: guessQuote(masked) };
  const place = findPlace(draft.layout, list);
  const insertions =
    place.kind === "list"
      ? insertElement(draft, place.list, value)
      : [insertList(draft, place, { ...list, value })];
  return insert(text, insertions);
}

/** 1-based line of an element; of the last one for -1. */
function findElementLine(text: string, list: ListName, index: number): number {
  const place = findPlace(readLayout(text), list);
  const start = place.kind === "list" ? place.list.elements.at(index)?.start : undefined;
  return text.slice(0, start ?? 0).split("\n").length;
}

function readList(document: unknown, path: readonly string[]): unknown[] | undefined {
  let node = document;
  for (const name of path) node = readTable(node)?.[name];
  return Array.isArray(node) ? node : undefined;
}

/** A copy of the document with the value at the end of the list; `undefined` when none can be there. */
function addValue(document: unknown, path: readonly string[], value: string): unknown {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (document === undefined) return [value];
    return Array.isArray(document) ? [...(document as unknown[]), value] : undefined;
  }
  const table = document === undefined ? {} : readTable(document);
  const inner = table && addValue(table[name], rest, value);
  return inner === undefined ? undefined : Object.assign(makeTable(), table, { [name]: inner });
}

type Table = Record<string, unknown>;

/** Without a prototype, as smol-toml makes them, so that no name means anything. */
function makeTable(): Table {
  return Object.create(null) as Table;
}

function readTable(node: unknown): Table | undefined {
  const isTable = typeof node === "object" && node !== null && Object.getPrototypeOf(node) === null;
  return isTable ? (node as Table) : undefined;
}

function parseChanged(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

function cannotEdit(source: SourceText, list: ListName, value: string): UserError {
  const { line, advice } = describeByHand(source.text, list, [value]);
  const place = `\`${list.key}\` of ${nameTable(list.table)}`;
  return new UserError(`pale cannot add to ${place} as it is written`, {
    origin: `${source.name}:${line}`,
    hint: advice,
  });
}
