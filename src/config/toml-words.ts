import type { KeyPath } from "./positions.ts";

/** How strings, keys and headers are written in TOML. */

export type Quote = '"' | "'";

/** The quotes that a text has its strings in, told from its masked form; double ones when in doubt. */
export function guessQuote(masked: string): Quote {
  return masked.includes("'") && !masked.includes('"') ? "'" : '"';
}

/** A string on one line, in the wanted quotes where they can hold it. */
export function formatString(value: string, quote: Quote = '"'): string {
  if (quote === "'" && /^[^'\u0000-\u001F\u007F]*$/u.test(value)) return `'${value}'`;
  return JSON.stringify(value).replaceAll("\u007F", String.raw`\u007F`);
}

/** `profile.claude`, `project."/home/ada/a b"`. */
export function formatKey(names: KeyPath, quote: Quote = '"'): string {
  return names
    .map((name) => (/^[\w-]+$/u.test(String(name)) ? name : formatString(String(name), quote)))
    .join(".");
}

/** What the user calls a table: `[profile.claude]`, or the top level. */
export function nameTable(table: KeyPath): string {
  return table.length === 0 ? "the top level" : `[${formatKey(table)}]`;
}
