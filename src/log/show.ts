import { escapeUntrusted } from "../terminal.ts";

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

export type Colour = "red" | "green" | "yellow" | "dim" | "bold";

export function paint(text: string, colour: Colour, { colour: isWanted }: Style): string {
  return isWanted ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
}

const CODES: Record<Colour, number> = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };

/** `once`, `12 times`. */
export function showCount(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

export function joinUntrusted(texts: readonly string[]): string {
  return texts.map(escapeUntrusted).join(", ");
}
