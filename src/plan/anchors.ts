import { dirname, join } from "node:path";
import { contains, listBetween } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { findCovering } from "./visible.ts";

/**
 * The directories between a writable mount and a read-only one (or a mask) in it, each mounted over
 * itself. The kernel lets nobody rename a mount, but what holds one: an agent would move
 * `.git` away with the read-only `.git/hooks` in it, and make its own.
 */
export function planAnchors(mounts: readonly MountOperation[]): MountOperation[] {
  const writable = mounts.filter((mount) => mount.kind === "bind" && mount.access === "rw");
  const inside = mounts.filter((mount) =>
    writable.some((outer) => contains(outer.destination, mount.destination)),
  );
  const anchors = inside.flatMap((mount) => anchor(mount, mounts));
  return [...new Map(anchors.map((each) => [each.destination, each])).values()];
}

function anchor(mount: MountOperation, mounts: readonly MountOperation[]): MountOperation[] {
  const isReadOnly = mount.kind === "bind" && mount.access === "ro";
  const isKept = mount.kind === "mask" || mount.kind === "held" || isReadOnly;
  if (!isKept) return [];
  const outer = findCovering(dirname(mount.destination), mounts);
  if (outer?.kind !== "bind" || outer.access !== "rw") return [];
  return listBetween(outer.destination, mount.destination).map((destination) => ({
    kind: "bind",
    access: "rw",
    source: join(outer.source, destination.slice(outer.destination.length)),
    destination,
    why: "cannot be renamed, for what is read-only in it",
  }));
}
