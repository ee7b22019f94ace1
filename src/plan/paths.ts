import { dirname, join, resolve } from "node:path";

/** As many links on one way as the kernel follows before it answers ELOOP. */
export const MOST_LINKS = 40;

/** A path of a configuration, absolute or `~` and below, as an absolute one. */
export function expandHome(path: string, home: string): string {
  return path.startsWith("~") ? resolve(join(home, path.slice(1))) : resolve(path);
}

/** True when `path` is `directory` or below it. By whole components: `/a/bc` is not in `/a/b`. */
export function contains(directory: string, path: string): boolean {
  if (!path.startsWith(directory)) return false;
  return path.length === directory.length || directory === "/" || path[directory.length] === "/";
}

/** The directories above `below`, the closest first, as far as `above` and without it. */
export function listBetween(above: string, below: string): string[] {
  const between: string[] = [];
  for (let path = dirname(below); path.length > above.length; path = dirname(path)) {
    between.push(path);
  }
  return between;
}

/** Parents before what is in them, else alphabetical: the order in which mounts must be made. */
export function comparePaths(a: string, b: string): number {
  const left = a.replaceAll("/", "\0");
  const right = b.replaceAll("/", "\0");
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
