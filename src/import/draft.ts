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

/** Whoever is translating says why, in the words of the user's file. */
export function note(section: Section, kind: NoteKind, [subject, reason]: [string, string]): void {
  section.notes.push({ kind, subject, reason });
}
