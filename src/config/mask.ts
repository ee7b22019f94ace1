/** A long string may hold one or two quotes right before the three that end it. */
const TOKEN =
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*/gu;

/**
 * The same TOML text with what stands inside strings and comments blanked out, at
 * the same offsets and lines: what is left is structure (keys, brackets, commas).
 * The quotes stay, so that a quoted key is still seen to be a word.
 */
export function maskStrings(text: string): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith("#")) return " ".repeat(token.length);
    const inner = token.slice(1, -1).replace(/[^\n]/g, "_");
    return `${token[0] ?? ""}${inner}${token.at(-1) ?? ""}`;
  });
}
