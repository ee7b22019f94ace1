/** Whether a name is the one that a pattern says; a `*` at its end stands for any ending. */
export function matchesName(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
