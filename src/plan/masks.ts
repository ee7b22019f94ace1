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
export function planMasks(host: HostFacts, mounts: readonly MountOperation[]): MountOperation[] {
  const { mounts: facts } = host;
  return facts.flatMap((fact, index) => {
    const { mount, entry } = fact;
    if (mount.access !== "mask") return [];
    if (mount.sandbox !== undefined) throw hasPlace(fact);
    if (fact.kind === "missing" || entry === undefined) return [];
    if (isShownLater(fact, facts.slice(index + 1))) return [];
    const places = findPlaces(fact.real, mounts);
    if (places.length === 0) checkNotMadeAnew(fact, host);
    return places.map((destination): MountOperation => {
      return { kind: "mask", of: entry, destination, why: mount.origin };
    });
  });
}

/** A directory of the sandbox's own, with parts of the host's in it, would show them all the same. */
function checkNotMadeAnew({ real, mount }: MountFact, { system, etc, blacklist }: HostFacts): void {
  if (blacklist) return;
  const part = [...system, ...etc].find(({ path }) => path !== real && contains(real, path));
  if (part === undefined) return;
  throw new UserError(`the mask of \`${mount.host}\` would not hide \`${part.path}\``, {
    origin: mount.origin,
    hint: `pale makes \`${real}\` anew, with parts of the host's: mask those that you mean`,
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
