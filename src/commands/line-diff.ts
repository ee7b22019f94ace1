/** One line of a comparison: in both texts, in the old one only, or in the new one only. */
export type DiffLine = { kind: "same" | "removed" | "added"; text: string };

/** Above this many pairs of lines the changed part is shown as a whole. */
const MOST_PAIRS = 4_000_000;

/** Line by line, from the old text to the new one; a longest common subsequence is kept. */
export function compareLines(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  const start = countSame(old, now);
  const most = Math.min(old.length, now.length) - start;
  const end = Math.min(most, countSame(old.toReversed(), now.toReversed()));
  const middle = compareMiddle(
    old.slice(start, old.length - end),
    now.slice(start, now.length - end),
  );
  return [
    ...mark("same", old.slice(0, start)),
    ...middle,
    ...mark("same", old.slice(old.length - end)),
  ];
}

function countSame(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((line, at) => line !== other[at]);
  return index === -1 ? one.length : index;
}

function compareMiddle(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length * now.length > MOST_PAIRS) return [...mark("removed", old), ...mark("added", now)];
  const lengths = measure(old, now);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    const isRemoved = at(lengths, i + 1, j) >= at(lengths, i, j + 1);
    const kind = old[i] === now[j] ? "same" : isRemoved ? "removed" : "added";
    lines.push({ kind, text: (kind === "added" ? now[j] : old[i]) ?? "" });
    if (kind !== "added") i += 1;
    if (kind !== "removed") j += 1;
  }
  return [...lines, ...mark("removed", old.slice(i)), ...mark("added", now.slice(j))];
}

function mark(kind: DiffLine["kind"], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ kind, text }));
}

/** For each pair of places, how long a common subsequence of what follows can be. */
function measure(old: readonly string[], now: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const value =
        old[i] === now[j]
          ? at(rows, i + 1, j + 1) + 1
          : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
      rows[i]?.fill(value, j, j + 1);
    }
  }
  return rows;
}

function at(rows: readonly Uint32Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}
