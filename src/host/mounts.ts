import { readFileSync } from "node:fs";
import type { MountFact } from "../plan/facts.ts";
import { parseMounts } from "../plan/mount-table.ts";
import type { TableMount } from "../plan/mount-table.ts";
import type { ResolvedMount } from "../policy.ts";
import { followLinks, followToPlace } from "./links.ts";
import { readStatus, readStatusThroughLinks } from "./status.ts";

/** The mounts of this process. */
export function readMountTable(): TableMount[] {
  return parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** What is at the host side of a mount; nothing is made or copied yet. */
export function readMount(mount: ResolvedMount): MountFact {
  const followed = followLinks(mount.host);
  const seeds = mount.seeds.filter(({ from, to }) => isFile(from) && !isThere(to));
  const place = mount.sandbox === undefined ? undefined : followLinks(mount.sandbox)?.real;
  if (followed) {
    const entry = mount.access === "mask" ? { entry: readEntryKind(followed.real) } : {};
    return { kind: "present", mount, seeds, place, ...entry, ...followed };
  }
  return { kind: "missing", mount, seeds, place, ...followToPlace(mount.host) };
}

function readEntryKind(path: string): "directory" | "file" {
  return readStatus(path)?.isDirectory() ? "directory" : "file";
}

function isFile(path: string): boolean {
  return readStatusThroughLinks(path)?.isFile() ?? false;
}

/** A link counts, also one that leads nowhere: nothing is ever written through it. */
function isThere(path: string): boolean {
  return readStatus(path) !== undefined;
}
