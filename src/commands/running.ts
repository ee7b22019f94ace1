import { findDirectories } from "../host/directories.ts";
import type { Sandbox } from "../running/find.ts";
import { findSandboxes } from "../running/find.ts";
import type { Invocation } from "./invocation.ts";

/** The running sandboxes of whoever calls. */
export function findRunning({ environment, ids }: Invocation): Sandbox[] {
  const { cache } = findDirectories(environment);
  return findSandboxes({ cache, uid: ids.uid });
}
