/** Is a version (`5.14.0-generic`) the wanted one or a later one? What is no number counts as 0. */
export function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split(/[.-]/u).map(Number);
  for (const [index, number] of wanted.entries()) {
    const part = parts[index] || 0;
    if (part !== number) return part > number;
  }
  return true;
}
