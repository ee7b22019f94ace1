import { basename, dirname } from "node:path";
import { contains } from "../plan/paths.ts";
import type { Chain, ChainMount } from "./chain.ts";

/** The mounts of a sandbox by what can be done with them, each as it is to be shown. */
export function groupMounts(
  { mounts, overlays }: Chain,
  cache: string,
): { title: string; places: string[] }[] {
  const groups = new Map<string, string[]>(ORDER.map((title) => [title, []]));
  for (const mount of mounts) {
    const overlay = overlays.find(
      (each) => "source" in mount && isBelow(each.merged, mount.source),
    );
    const title = overlay ? "overlays" : nameGroup(mount, cache);
    if (title !== undefined) groups.get(title)?.push(showPlace(mount, title));
  }
  return [...groups]
    .map(([title, places]) => ({ title, places: foldPlaces(places) }))
    .filter(({ places }) => places.length > 0);
}

const ORDER = ["writable", "overlays", "read-only", "hidden, or kept from being made", "private"];

function isBelow(directory: string, path: string): boolean {
  return directory !== "" && contains(directory, path);
}

const MOST_OF_ONE = 4;

/** Many of one directory share a line: `/etc: hosts passwd ssl`. */
function foldPlaces(places: readonly string[]): string[] {
  const byParent = Map.groupBy(places, (place) => dirname(place));
  const lines = [...byParent].flatMap(([parent, list]) => {
    if (list.length <= MOST_OF_ONE) return list;
    return [`${parent}: ${list.map((place) => basename(place)).join(" ")}`];
  });
  return lines.sort();
}

/** Links and what pale itself brings belong to no group. */
function nameGroup(mount: ChainMount, cache: string): string | undefined {
  if (mount.kind === "link") return undefined;
  if (mount.kind === "private") return "private";
  const { source, destination } = mount;
  if (contains("/run/pale", destination)) return undefined;
  if (source === "/dev/null" && destination !== source) return ORDER[3];
  if (contains(`${cache}/files`, source)) return isEmpty(source) ? ORDER[3] : undefined;
  return mount.kind === "rw" ? "writable" : "read-only";
}

/** Files of pale's that stand in the place of something else; see src/plan/bwrap.ts. */
function isEmpty(source: string): boolean {
  return /\/files\/(?:nothing$|empty-|held)/u.test(source);
}

function showPlace(mount: ChainMount, title: string): string {
  const isOwn = !("source" in mount) || mount.source === mount.destination;
  return isOwn || (title !== "writable" && title !== "read-only")
    ? mount.destination
    : `${mount.destination} (${mount.source})`;
}
