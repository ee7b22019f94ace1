import { formatKey, formatString } from "../config/toml-words.ts";
import { escapeUntrusted } from "../terminal.ts";
import { NOTE_KINDS } from "./draft.ts";
import type { Draft, Note, NoteKind, Section, Setting, Value } from "./draft.ts";

const TITLES: Record<NoteKind, string> = {
  looser: "LESS STRICT than before, so look at each:",
  stricter: "Not translated; less is allowed than before:",
  same: "Needs no line in pale:",
};

/** Commented TOML that compiles. @param origin what it was translated from, for the first line */
export function renderDraft(draft: Draft, origin: string): string {
  const head = [
    `Translated by \`pale import\` from ${origin}.`,
    "Look it over, then put it into ~/.config/pale/config.toml or a file in ~/.config/pale/profiles.",
  ];
  const sections = draft.filter(({ settings, notes }) => settings.length + notes.length > 0);
  return [head.map(comment).join(""), ...sections.map(renderSection)].join("\n");
}

function renderSection({ path, settings, notes }: Section): string {
  const header = path.length === 0 ? "" : `[${formatKey(path)}]\n`;
  const keys = [...new Set(settings.map(({ key }) => key))];
  const lines = keys.map((key) => renderKey(settings.filter((setting) => setting.key === key)));
  return header + NOTE_KINDS.map((kind) => renderNotes(kind, notes)).join("") + lines.join("");
}

function renderNotes(kind: NoteKind, notes: readonly Note[]): string {
  const of = notes.filter((note) => note.kind === kind);
  if (of.length === 0) return "";
  const lines = of.map(({ subject, reason }) => comment(`- ${subject}: ${reason}`));
  return comment(TITLES[kind]) + lines.join("");
}

function renderKey(settings: readonly Setting[]): string {
  const last = settings.at(-1);
  if (last === undefined) return "";
  if (!last.isElement) return `${last.key} = ${renderValue(last.value)}\n`;
  const elements = [...new Set(settings.map(({ value }) => renderValue(value)))];
  return `${last.key} = [\n${elements.map((element) => `  ${element},\n`).join("")}]\n`;
}

function renderValue(value: Value): string {
  if (typeof value === "string") return formatString(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(renderValue).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, inner]) => {
    return `${formatKey([key])} = ${renderValue(inner)}`;
  });
  return `{ ${pairs.join(", ")} }`;
}

/** A comment ends with its line, and whatever the foreign file holds stays in it. */
function comment(text: string): string {
  return `# ${escapeUntrusted(text)}\n`;
}
