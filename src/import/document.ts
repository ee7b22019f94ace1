import { UserError } from "../errors.ts";
import { isObject } from "../object.ts";
import { note } from "./draft.ts";
import type { NoteKind, Section } from "./draft.ts";

export type Document = Record<string, unknown>;

/** What is translated, and for whom. */
export type Place = {
  home: string;
  /** Real path of the project that relative paths are relative to. */
  project: string;
};

/** The value at `network.allowedDomains`; `undefined` where there is none. */
export function valueAt(document: Document, key: string): unknown {
  let value: unknown = document;
  for (const part of key.split(".")) {
    value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** @throws UserError for anything but a list of strings or nothing */
export function readStrings(document: Document, key: string): string[] {
  const value = valueAt(document, key) ?? [];
  const isList = Array.isArray(value) && value.every((each) => typeof each === "string");
  if (isList) return value;
  throw new UserError(`\`${key}\` must be a list of strings`, {
    hint: "check the file, or name its format: --format NAME",
  });
}

/** @throws UserError for anything but true, false or nothing */
export function readSwitch(document: Document, key: string): boolean | undefined {
  const value = valueAt(document, key) ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  throw new UserError(`\`${key}\` must be true or false`, {
    hint: "check the file, or name its format: --format NAME",
  });
}

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

/** As the schema has it. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(name);
}

/** Why a key has no line of its own. */
export type Reason = [kind: NoteKind, reason: string];

/**
 * Note every key that nobody translated: by its reason, or as one that pale does not know.
 * So nothing of a file can be left out without a word.
 *
 * @param translated keys that have been dealt with, and with them all below
 */
export function noteRest(
  section: Section,
  document: Document,
  { translated, reasons }: { translated: readonly string[]; reasons: Record<string, Reason> },
): void {
  const known = [...translated, ...Object.keys(reasons)];
  for (const [key, value] of listKeys(document, known)) {
    if (translated.includes(key)) continue;
    const [kind, reason] = Object.hasOwn(reasons, key) ? (reasons[key] ?? UNKNOWN) : UNKNOWN;
    note(section, kind, [`${key} = ${JSON.stringify(value)}`, reason]);
  }
}

const UNKNOWN: Reason = ["looser", "pale import does not know this key"];

/** The known keys as far as they go, and below tables that are not known every leaf. */
function listKeys(
  document: Document,
  known: readonly string[],
  path: readonly string[] = [],
): [string, unknown][] {
  return Object.entries(document).flatMap(([name, value]): [string, unknown][] => {
    const key = [...path, name].join(".");
    const isLeaf = !isObject(value) || known.includes(key) || Object.keys(value).length === 0;
    return isLeaf ? [[key, value]] : listKeys(value, known, [...path, name]);
  });
}
