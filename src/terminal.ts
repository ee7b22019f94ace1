/** Anything that could move the cursor, recolour, retitle or hide text in a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Make bytes that pale did not write safe to print on one line of a terminal. */
export function escapeUntrusted(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Quote one word for a POSIX shell, so that a printed command can be pasted as it stands. */
export function quoteForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/u.test(word)) return word;
  const shown = word.replaceAll(/[\n\t]/gu, " ");
  if (escapeUntrusted(shown) !== shown) return quoteWithEscapes(word);
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The same for a list of which nobody but pale may begin a line or a column. */
export function quoteOnOneLine(word: string): string {
  return /[\n\t]/u.test(word) ? quoteWithEscapes(word) : quoteForShell(word);
}

/** `$'...'` (POSIX 2024; bash, zsh, ksh before it), which shows control characters and keeps them. */
function quoteWithEscapes(word: string): string {
  const bytes = Array.from(word, (character) => {
    if (character === "'" || character === "\\") return `\\${character}`;
    if (escapeUntrusted(character) === character) return character;
    const hex = [...Buffer.from(character)].map(
      (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
    );
    return hex.join("");
  });
  return `$'${bytes.join("")}'`;
}

/**
 * Break a line between words, so that a terminal need not break it within one.
 *
 * @param columns of the terminal; `undefined` for none, whose lines are as long as they are
 * @param indent of every line but the first
 */
export function wrapLine(line: string, columns: number | undefined, indent: number): string {
  // What is left beside the indent would be a column of single words.
  if (columns === undefined || columns < indent + 20) return line;
  const margin = " ".repeat(indent);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const broken = rest.lastIndexOf(" ", columns);
    const end = broken > indent ? broken : rest.indexOf(" ", columns);
    if (end === -1) break;
    lines.push(rest.slice(0, end));
    rest = margin + rest.slice(end + 1);
  }
  return [...lines, rest].join("\n");
}

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof COLOURS;

/** @param text safe to print */
export function paint(text: string, colour: Colour): string {
  return `\x1b[${COLOURS[colour]}m${text}\x1b[0m`;
}
