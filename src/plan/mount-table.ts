import { contains } from "./paths.ts";

/** A line of /proc/self/mountinfo, as far as it is needed. */
export type TableMount = { place: string; type: string; readOnly: boolean };

/** In the kernel's order: of two at one place the later one counts. */
export function parseMounts(table: string): TableMount[] {
  return table.split("\n").flatMap((line) => {
    const [own = "", rest = ""] = line.split(" - ");
    const [, , , , place, options = ""] = own.split(" ");
    const [type = ""] = rest.split(" ");
    if (place === undefined) return [];
    return [{ place: decodeWord(place), type, readOnly: options.split(",").includes("ro") }];
  });
}

/** The mount that a path is in; of two at one place the later one. */
export function findMount<T extends Pick<TableMount, "place">>(
  path: string,
  mounts: readonly T[],
): T | undefined {
  const holding = mounts.filter(({ place }) => contains(place, path));
  return holding.reduce<T | undefined>((best, mount) => {
    return best !== undefined && best.place.length > mount.place.length ? best : mount;
  }, undefined);
}

/** A word of the table: the kernel writes space, tab, line feed and backslash as octal numbers. */
export function decodeWord(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/gu, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}
