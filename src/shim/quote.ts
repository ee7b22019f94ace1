/**
 * Quote one word for a script that any POSIX shell reads, dash included: unlike
 * `quoteForShell`, which writes control characters as `$'...'` for someone to look at.
 */
export function quoteForScript(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** For a regular expression: one word as it is quoted so. */
export const SCRIPT_WORD = String.raw`(?:'(?:[^']|'\\'')*'|[^\s'])+`;

/** The word that was quoted so. */
export function unquoteForScript(quoted: string): string {
  const inner = /^'(.*)'$/su.exec(quoted)?.[1];
  return inner?.replaceAll(String.raw`'\''`, "'") ?? quoted;
}

/** The same for fish. */
export function quoteForFish(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll(/['\\]/gu, String.raw`\$&`)}'`;
}
