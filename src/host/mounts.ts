import type { MountFact } from "../plan/facts.ts";
import type { ResolvedMount } from "../policy.ts";
import { followLinks, followToPlace } from "./links.ts";
import { readStatus, readStatusThroughLinks } from "./status.ts";

export function readMount(mount: ResolvedMount): MountFact {
  const followed = followLinks(mount.host);
  const seeds = mount.seeds.filter(({ from, to }) => isFile(from) && !isThere(to));
  if (followed) return { kind: "present", mount, seeds, ...followed };
  return { kind: "missing", mount, seeds, ...followToPlace(mount.host) };
}

function isFile(path: string): boolean {
  return readStatusThroughLinks(path)?.isFile() ?? false;
}

/** A link counts, also one that leads nowhere: nothing is ever written through it. */
function isThere(path: string): boolean {
  return readStatus(path) !== undefined;
}
