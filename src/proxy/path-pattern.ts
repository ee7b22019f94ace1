/**
 * A pattern for the path of a request: `*` stands for any part of one segment, `**` (a whole
 * segment) for any number of them, none included. Everything else is itself, letter by letter.
 */
export function matchesPath(pattern: string, segments: readonly string[]): boolean {
  return matchSegments(pattern.split("/").slice(1), segments);
}

/**
 * The segments of a path as the server will read them; `undefined` where servers do not agree on
 * that: `..`, empty segments, encoded slashes, what cannot be decoded. So no spelling of one path
 * is taken for another.
 *
 * @param path begins with a slash, without a query
 */
export function splitPath(path: string): string[] | undefined {
  if (!path.startsWith("/") || /[\\\u0000-\u0020\u007F-\uFFFF]/u.test(path)) return undefined;
  const segments = path.split("/").slice(1).map(decodeSegment);
  const known = segments.filter((segment) => segment !== undefined);
  const isPlain = known.every((segment, index) => {
    if (segment === "") return index === segments.length - 1;
    return !/^\.{1,2}(?:;|$)/u.test(segment);
  });
  return isPlain && known.length === segments.length ? known : undefined;
}

function decodeSegment(segment: string): string | undefined {
  try {
    const decoded = decodeURIComponent(segment);
    return /[/\\%\u0000-\u001F\u007F]/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** Every pair of pattern and path is looked at once: no pattern takes long. */
function matchSegments(pattern: readonly string[], segments: readonly string[]): boolean {
  // Which numbers of segments the pattern read so far can stand for.
  let reached = new Set([0]);
  for (const part of pattern) {
    reached = part === "**" ? extend(reached, segments.length) : step(reached, part, segments);
  }
  return reached.has(segments.length);
}

function extend(reached: ReadonlySet<number>, most: number): Set<number> {
  const first = Math.min(...reached);
  return new Set(
    Array.from({ length: Math.max(0, most - first + 1) }, (_, index) => first + index),
  );
}

function step(
  reached: ReadonlySet<number>,
  part: string,
  segments: readonly string[],
): Set<number> {
  const next = [...reached].filter((index) => {
    const segment = segments[index];
    return segment !== undefined && matchSegment(part, segment);
  });
  return new Set(next.map((index) => index + 1));
}

/** The pieces between the stars, one after the other, the last one at the end. */
function matchSegment(part: string, segment: string): boolean {
  const [first = "", ...pieces] = part.split("*");
  const last = pieces.pop();
  if (last === undefined) return part === segment;
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false;
  const end = segment.length - last.length;
  let from = first.length;
  for (const piece of pieces) {
    const found = segment.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return from <= end;
}
