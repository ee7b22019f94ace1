import { normalize } from "node:path";

/** What a foreign configuration is in pale, before it is written down. */
export type Draft = Section[];

/** One table: `[]` for the top of the file, `["profile", "x"]`, `["project", "/path"]`. */
export type Section = {
  path: string[];
  settings: Setting[];
  notes: Note[];
};

/** A setting with one value, or one element of a list; elements of one key belong together. */
export type Setting = { key: string; value: Value; isElement: boolean; note?: string };

export type Value = string | number | boolean | Value[] | { [key: string]: Value };

/**
 * What became of a setting without an equal. `same`: pale does so anyway. `stricter`: what was
 * allowed no longer is. `looser`: what was refused no longer is, so the user must look at it.
 */
export type Note = { kind: NoteKind; subject: string; reason: string };

export const NOTE_KINDS = ["looser", "stricter", "same"] as const;

export type NoteKind = (typeof NOTE_KINDS)[number];

export function makeSection(...path: string[]): Section {
  return { path, settings: [], notes: [] };
}

export function set(section: Section, key: string, value: Value): void {
  section.settings.push({ key, value, isElement: false });
}

export function add(section: Section, key: string, value: Value): void {
  section.settings.push({ key, value, isElement: true });
}

export type MountValue = { host: string; sandbox?: string; access?: string; optional?: boolean };

/** In place of an earlier mount of the same section on the same place: of two, the last is seen. */
export function addMount(section: Section, mount: MountValue): void {
  const isCovered = ({ key, value }: Setting) =>
    key === "mounts" && placeOf(value) === placeOf(mount);
  const covered = section.settings.filter(isCovered);
  section.settings = section.settings.filter((setting) => !covered.includes(setting));
  for (const { value } of covered) {
    note(section, "same", [JSON.stringify(value), "another one is mounted over it"]);
  }
  add(section, "mounts", mount);
}

function placeOf(value: Value): string {
  const { host = "", sandbox = host } = value as Partial<MountValue>;
  return normalize(sandbox).replace(/(?<=.)\/$/u, "");
}

/** Whoever is translating says why, in the words of the user's file. */
export function note(section: Section, kind: NoteKind, [subject, reason]: [string, string]): void {
  section.notes.push({ kind, subject, reason });
}
