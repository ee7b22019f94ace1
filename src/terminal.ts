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
