import type { MountFact } from "../plan/facts.ts";
import type { ResolvedMount } from "../policy.ts";
import { followLinks } from "./links.ts";

export function readMount(mount: ResolvedMount): MountFact {
  const followed = followLinks(mount.host);
  return followed ? { kind: "present", mount, ...followed } : { kind: "missing", mount };
}
