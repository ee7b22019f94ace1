import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { HostFacts, MountFact } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { findCovering } from "./visible.ts";

/**
 * Something empty in the place of what the policy masks, wherever a mount shows it: at its
 * real place, whatever links lead there, and under any other name that a mount gives it.
 * What is not there, or not shown, needs nothing; so nothing is ever made on the host.
 */
export function planMasks(
  { mounts: facts }: HostFacts,
  mounts: readonly MountOperation[],
): MountOperation[] {
  return facts.flatMap((fact, index) => {
    const { mount, entry } = fact;
    if (mount.access !== "mask") return [];
    if (mount.sandbox !== undefined) throw hasPlace(fact);
    if (fact.kind === "missing" || entry === undefined) return [];
    if (isShownLater(fact, facts.slice(index + 1))) return [];
    return findPlaces(fact.real, mounts).map((destination): MountOperation => {
      return { kind: "mask", of: entry, destination, why: mount.origin };
    });
  });
}

/** Every place at which a host path is to be seen. */
function findPlaces(real: string, mounts: readonly MountOperation[]): string[] {
  return mounts.flatMap((mount) => {
    if (mount.kind !== "bind" || !contains(mount.source, real)) return [];
    const destination = join(mount.destination, real.slice(mount.source.length));
    return findCovering(destination, mounts) === mount ? [destination] : [];
  });
}

/** Of two rules for one path, the later one counts. */
function isShownLater({ real }: MountFact, later: readonly MountFact[]): boolean {
  return later.some((fact) => fact.real === real && fact.mount.access !== "mask");
}

function hasPlace({ mount }: MountFact): UserError {
  return new UserError(`the mask of \`${mount.host}\` names a place inside`, {
    origin: mount.origin,
    hint: "a mask hides a host path wherever it is shown; leave the place out",
  });
}
