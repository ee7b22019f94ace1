/** The candidate that a misspelt word most likely meant, or nothing when none is near. */
export function findNearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const limit = Math.max(1, Math.floor(word.length / 2));
  return best && best.distance <= limit ? best.candidate : undefined;
}

/** Levenshtein distance, with a swap of two neighbours counted once. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      current[column] = cheapestStep({ a, b, row, column, current, previous, beforePrevious });
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

type Cell = {
  a: string;
  b: string;
  row: number;
  column: number;
  current: number[];
  previous: number[];
  beforePrevious: number[];
};

function cheapestStep({ a, b, row, column, current, previous, beforePrevious }: Cell): number {
  const same = a[row - 1] === b[column - 1];
  const swapped =
    row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
  return Math.min(
    (previous[column] ?? 0) + 1,
    (current[column - 1] ?? 0) + 1,
    (previous[column - 1] ?? 0) + (same ? 0 : 1),
    swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
  );
}
