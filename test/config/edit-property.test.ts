import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { addToList } from "../../src/config/edit.ts";
import { textOf } from "../helpers/arbitrary.ts";

/** Pieces of TOML put together in every way of writing them; none leaves its lines open. */

const TABLES = [[], ["profile", "claude"], ["profile", "pi"], ["project", `/a "b]#`], ["x"]];

const comment = fc.constantFrom("", "", " # c", `\t#"'[{ = """`, " # ]");
const blank = fc.constantFrom("", " ", "  ", "\t");
const blankLines = fc.constantFrom(
  "",
  "",
  "\n",
  "# a comment\n",
  "\n# [x]\n# allow = [\n\n",
  " \n",
);
const word = fc.oneof(
  textOf(`ab#[]{},=' é😀`, 8).map((text) => JSON.stringify(text)),
  textOf(`ab#[]{},="\\ é😀`, 8).map((text) => `'${text}'`),
);
const other = fc.constantFrom(
  "1",
  "true",
  "1979-05-27 07:32:00Z",
  String.raw`"\\\"]#"`,
  `"""\n[x]\nallow = [] # "quoted""""`,
  `'''\n# ''\n]'''`,
  "[[1, 2], [\n# ]\n]]",
  "[{ allow = [] }, ]",
  `{ allow = ["no"], "b.c" = { d = 1 } }`,
  `{ # }\n a = 1,\n}`,
);

const elements = fc.array(fc.tuple(word, blank, comment), { maxLength: 4 });

/** `[ "a", 'b', ]`, on one line or each on its own, with or without the last comma. */
const list = fc
  .record({ elements, isBroken: fc.boolean(), hasComma: fc.boolean(), blank, comment })
  .map(({ elements, isBroken, hasComma, blank, comment }) => {
    const parts = elements.map(([text, before, after], index) => {
      const comma = hasComma || index < elements.length - 1 ? "," : "";
      return isBroken ? `${before}${text}${comma}${after}\n` : `${before}${text}${comma}`;
    });
    return isBroken ? `[${comment}\n${parts.join("")}${blank}]` : `[${parts.join("")}${blank}]`;
  });

const KEYS = ["a", "b-1", `"q=[\\""`, "'l#'", "d.e"];

/** Keys of one table, each in lines of its own; maybe the list among them. */
const keys = fc
  .record({
    others: fc.subarray(KEYS).chain((names) => {
      return fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), other, comment)));
    }),
    own: fc.option(fc.tuple(fc.constantFrom("allow", `"allow"`, "'allow' "), list, comment)),
    place: fc.nat(4),
    indentation: blank,
    between: blankLines,
  })
  .map(({ others, own, place, indentation, between }) => {
    const all: [string, string, string][] = [...others];
    if (own) all.splice(place, 0, own);
    return all.map(
      ([name, value, after]) => `${indentation}${name} = ${value}${after}\n${between}`,
    );
  });

const header = fc.constantFrom(
  "[profile.claude]",
  `[ profile . "claude" ]`,
  "[profile.pi]",
  "[profile.pi.env]",
  `[project."/a \\"b]#"]`,
  `[project.'/a "b]#']`,
  "[x]",
  "[[y]]",
);

const section = fc
  .tuple(blankLines, blank, header, comment, keys)
  .map(([before, indentation, name, after, lines]) => {
    return `${before}${indentation}${name}${after}\n${lines.join("")}`;
  });

/** A table as a line at the top: dotted or inline. */
const line = fc
  .tuple(fc.constantFrom("profile.claude", "profile.pi", "x", "profile"), other, list, fc.nat(4))
  .map(([table, value, array, form]) => {
    const rows = [
      `${table}.k = ${value}\n`,
      `${table}.allow = ${array}\n`,
      `${table} = { k = ${value}, allow = ${array} }\n`,
      `${table} = { pi.k = ${value} }\n`,
      `${table} = {}\n`,
    ];
    return rows[form] ?? "";
  });

const document = fc
  .record({
    mark: fc.constantFrom("", "", "\uFEFF"),
    opening: blankLines,
    lines: fc.array(line, { maxLength: 2 }),
    top: keys,
    sections: fc.array(section, { maxLength: 4 }),
    closing: blankLines,
    hasWindowsLines: fc.boolean(),
    isOpen: fc.boolean(),
  })
  .map(({ mark, opening, lines, top, sections, closing, hasWindowsLines, isOpen }) => {
    const text = [mark, opening, ...lines, ...top, ...sections, closing].join("");
    const ended = isOpen ? text.trimEnd() : text;
    return hasWindowsLines ? ended.replaceAll("\n", "\r\n") : ended;
  })
  .filter(isValid);

test("addToList adds one string to any text and takes nothing away", () => {
  const value = fc.oneof(fc.constant("api.example.com"), textOf(`ab"'\\#]\n\u007F😀`, 6));
  const seen = { added: 0, present: 0 };
  fc.assert(
    fc.property(document, fc.constantFrom(...TABLES), value, (text, table, value) => {
      const path = [...table, "allow"];
      fc.pre(canHold(parse(text), path));
      const before = readList(text, path);
      const edited = addToList({ name: "f", text }, { table, key: "allow" }, value);
      seen[edited.kind] += 1;
      const isThere = before.includes(value);
      assert.equal(edited.kind, isThere ? "present" : "added");
      const after = readList(edited.text, path);
      assert.deepEqual(after, isThere ? before : [...before, value]);
      if (isThere) assert.equal(edited.text, text);
      assert.ok(isSubsequence(text, edited.text), "only put in");
      assert.deepEqual(listLineEnds(edited.text), listLineEnds(text), "one kind of line end");
      assertSameRest(text, edited.text, path);
      assert.ok(edited.line >= 1 && edited.line <= edited.text.split("\n").length);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(seen.added > 1_000, "control: most texts can hold it");
});

function isValid(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** No string, number or list of tables is where the table or the list would be. */
function canHold(document: unknown, path: readonly string[]): boolean {
  let node = document;
  for (const name of path) {
    if (typeof node !== "object" || node === null || Array.isArray(node)) return false;
    if (node instanceof Date) return false;
    if (!Object.hasOwn(node, name)) return true;
    node = (node as Record<string, unknown>)[name];
  }
  return Array.isArray(node);
}

function readList(text: string, path: readonly string[]): unknown[] {
  let node: unknown = parse(text);
  for (const name of path) node = (node as Record<string, unknown> | undefined)?.[name];
  return (node ?? []) as unknown[];
}

/** What the documents say but for the list, and for tables that hold nothing. */
function assertSameRest(before: string, after: string, path: readonly string[]): void {
  const rest = (text: string) => JSON.stringify(prune(parse(text), path));
  assert.equal(sortedJson(rest(after)), sortedJson(rest(before)));
}

function prune(node: unknown, path: readonly string[]): object | undefined {
  const [name, ...below] = path;
  if (name === undefined || typeof node !== "object" || node === null) return undefined;
  const copy: Record<string, unknown> = { ...node };
  const inner = prune(copy[name], below);
  if (inner === undefined || Object.keys(inner).length === 0) delete copy[name];
  else copy[name] = inner;
  return copy;
}

function sortedJson(json: string): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sort);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, sort(inner)] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(sort(JSON.parse(json)));
}

function isSubsequence(shorter: string, longer: string): boolean {
  let at = 0;
  for (let index = 0; index < longer.length && at < shorter.length; index += 1) {
    if (longer[index] === shorter[at]) at += 1;
  }
  return at === shorter.length;
}

/** The kinds of line ends; a text with no line is as one with the usual ones. */
function listLineEnds(text: string): string[] {
  return [...new Set(text.match(/\r?\n/gu) ?? ["\n"])];
}
