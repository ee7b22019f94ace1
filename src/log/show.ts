import { type Colour, escapeUntrusted, paint } from "../terminal.ts";

/** How lines for people look; `timeZone` is the system's where it is absent. */
export type Style = { colour: boolean; timeZone?: string };

/** Gives times as `2025-11-21 10:50:03`. */
export function makeClock({ timeZone }: Pick<Style, "timeZone">): (time: string) => string {
  // Swedish is the language that writes dates so.
  const format = new Intl.DateTimeFormat("sv-SE", {
    dateStyle: "short",
    timeStyle: "medium",
    ...(timeZone !== undefined && { timeZone }),
  });
  return (time) => format.format(new Date(time));
}

/** Coloured where that is wanted. */
export function paintIn(style: Style, text: string, colour: Colour): string {
  return style.colour ? paint(text, colour) : text;
}

/** `once`, `12 times`. */
export function showCount(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** As a list on one line, safe to print. */
export function joinUntrusted(texts: readonly string[]): string {
  return texts.map(escapeUntrusted).join(", ");
}
