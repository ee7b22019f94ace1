import { dirname, join, resolve } from "node:path";
import { contains, MOST_LINKS } from "./paths.ts";
import type { MountOperation } from "./plan.ts";

/**
 * Is a host path there inside, at the same place and with the same content? True
 * under the innermost mount when that is a bind of the same path, and for a directory
 * that exists only because something was made in it.
 */
export function isVisible(path: string, mounts: readonly MountOperation[]): boolean {
  const isIn = ({ destination }: MountOperation) =>
    destination.startsWith(path) && dirname(destination) === path;
  if (mounts.some((mount) => isIn(mount) && isEntry(mount))) return true;
  const covering = findCovering(path, mounts);
  return covering?.kind === "bind" && covering.source === covering.destination;
}

/** Where a path inside leads, through the links that the sandbox is given. */
export function followMadeLinks(path: string, mounts: readonly MountOperation[]): string {
  let reached = path;
  for (let step = 0; step < MOST_LINKS; step += 1) {
    const link = findLink(reached, mounts);
    if (link === undefined) break;
    const target = resolve(dirname(link.destination), link.target);
    reached = join(target, reached.slice(link.destination.length));
  }
  return reached;
}

function findLink(path: string, mounts: readonly MountOperation[]) {
  for (const mount of mounts) {
    if (mount.kind === "link" && contains(mount.destination, path)) return mount;
  }
  return undefined;
}

/** The innermost mount that decides what is at `path`; of two at one place, the later. */
export function findCovering(
  path: string,
  mounts: readonly MountOperation[],
): MountOperation | undefined {
  let best: MountOperation | undefined;
  // Without intermediate lists: a launch asks this for every mount and every entry of PATH.
  for (const mount of mounts) {
    if (!contains(mount.destination, path) || !isMount(mount)) continue;
    if (!best || best.destination.length <= mount.destination.length) best = mount;
  }
  return best;
}

function isMount(mount: MountOperation): boolean {
  return mount.kind !== "link" && mount.kind !== "directory" && mount.kind !== "freeze";
}

function isEntry(mount: MountOperation): boolean {
  return mount.kind === "link" || mount.kind === "bind";
}
