import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  statSync,
} from "node:fs";
import type { BigIntStats } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { PATH_ONLY } from "../host/status.ts";
import { findHeldSource } from "../plan/bwrap.ts";
import type { Files, Identities } from "../plan/bwrap.ts";
import { STORE_PARTS } from "../plan/overlays.ts";
import { contains } from "../plan/paths.ts";
import type { MountOperation, Overlay, Plan } from "../plan/plan.ts";

/**
 * What the mounts of a plan must turn out to be: the init program compares, inside, before
 * the agent starts. Until then nothing holds a path to what the planner saw there: the
 * agent of another sandbox may put a link in the place of a directory that it can write
 * (its own project, and this one is in it), and bubblewrap would mount what that leads to.
 *
 * A path is opened without being followed, and the kernel's name for what was opened is the
 * path again: so there was no link on the way, at the time of the look.
 *
 * @throws UserError when a path is no longer what the plan is about
 */
export function identifyMounts({ mounts, overlays }: Plan, files: Files): Identities {
  for (const overlay of overlays) checkWaysIn(overlay, mounts);
  const kept: KeptDirectories = new Map();
  const identities = mounts.flatMap((mount): [string, string][] => {
    const status = lookAt(mount, files, kept);
    return status ? [[mount.destination, formatIdentity(status)]] : [];
  });
  return Object.fromEntries(identities);
}

/** By path, whether nobody but root can change what is in the directory. */
type KeptDirectories = Map<string, boolean>;

/** `undefined` for what no agent can have replaced. */
function lookAt(
  mount: MountOperation,
  files: Files,
  kept: KeptDirectories,
): BigIntStats | undefined {
  if (mount.kind === "held") return statSync(findHeldSource(mount, files), { bigint: true });
  if (mount.kind !== "bind") return undefined;
  if (mount.access === "overlay") return look(mount.source);
  const parent = dirname(mount.source);
  const isKept = kept.get(parent) ?? isKeptByRoot(look(parent));
  kept.set(parent, isKept);
  return isKept ? undefined : look(mount.source);
}

/**
 * bubblewrap follows a link in the place of a mount, with the host below `/oldroot`, and makes
 * what is missing there. The agent may have left one in the overlay, at an earlier launch.
 */
function checkWaysIn({ destination, store }: Overlay, mounts: readonly MountOperation[]): void {
  const inside = mounts.filter(
    (mount) => mount.kind !== "freeze" && mount.destination !== destination,
  );
  for (const mount of inside.filter((each) => contains(destination, each.destination))) {
    let path = join(store, STORE_PARTS.upper);
    for (const part of mount.destination.slice(destination.length + 1).split("/")) {
      path = join(path, part);
      if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
      throw new UserError(`a link in the overlay leads \`${mount.destination}\` elsewhere`, {
        origin: mount.why,
        hint: "look with `pale diff`; `pale discard` drops it",
      });
    }
  }
}

/** Nobody but root can put anything else in the place of what is in such a directory. */
function isKeptByRoot({ uid, mode }: BigIntStats): boolean {
  return uid === 0n && (mode & 0o022n) === 0n;
}

function look(path: string): BigIntStats {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, PATH_ONLY | constants.O_NOFOLLOW);
    if (readlinkSync(`/proc/self/fd/${descriptor}`) === path) {
      return fstatSync(descriptor, { bigint: true });
    }
  } catch {
    // It is gone, which is no better than being another.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  throw replaced(path);
}

/** The kernel packs the two numbers of a device into one; see `makedev(3)`. */
function formatIdentity({ dev, ino }: BigIntStats): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}:${ino}`;
}

function replaced(path: string): UserError {
  return new UserError(`\`${path}\` was replaced while the sandbox was planned`, {
    hint: "another agent may have done that; end it and try again",
  });
}
