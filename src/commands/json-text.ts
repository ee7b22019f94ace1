import { escapeUntrusted } from "../terminal.ts";

/** Indented JSON with a line feed at its end; what could act on a terminal is escaped in it. */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  // Below U+0020 nothing but the line feeds of the indentation is left.
  const shown = text.replaceAll(/[\u007F-\u{10FFFF}]/gu, (character) => {
    return escapeUntrusted(character) === character ? character : escapeUnits(character);
  });
  return `${shown}\n`;
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
