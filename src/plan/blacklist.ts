import type { NetworkMode } from "../policy.ts";
import { planNetworkFiles } from "./etc-mounts.ts";
import type { BlacklistFacts, HostFacts } from "./facts.ts";
import type { MountOperation } from "./plan.ts";
import { bindReadOnly, planPrivate, planSystem } from "./system-mounts.ts";
import { findCovering } from "./visible.ts";

/**
 * The ground in blacklist mode: the host's files, read-only, with something empty in the
 * place of what is sensitive. Devices, processes, /run and the scratch directories are
 * as private as in the other mode.
 */
export function planBlacklist(
  facts: HostFacts,
  blacklist: BlacklistFacts,
  network: NetworkMode,
): MountOperation[] {
  const shown = [...blacklist.root, ...blacklist.run];
  const host = planSystem(shown).map((mount) => ({ ...mount, why: "the host, read-only" }));
  const homes = facts.home.all
    .filter(isNoTop)
    .map((path) => bindReadOnly(path, path, "the home, read-only"));
  const ground = [...host, ...planScratch(facts, blacklist), ...homes];
  const hidden = [...ground, ...planHidden(facts, blacklist, ground)];
  return [...hidden, ...planNames(facts, blacklist, { network, ground })];
}

/** Services have homes such as `/`: what is at the top is shown already, or must not be. */
function isNoTop(path: string): boolean {
  return path.lastIndexOf("/") > 0;
}

/** What the host itself has there must not be made again. */
function planScratch({ identity }: HostFacts, { hasVarTmp }: BlacklistFacts): MountOperation[] {
  return planPrivate(identity).filter(({ destination }) => {
    if (destination === "/var/run") return false;
    return destination !== "/var/tmp" || hasVarTmp;
  });
}

/** A socket in the project is the project's. */
function planHidden(
  { project }: HostFacts,
  { hidden }: BlacklistFacts,
  ground: readonly MountOperation[],
): MountOperation[] {
  const isInProject = (path: string) => path.startsWith(`${project.root}/`);
  return hidden
    .filter(({ path }) => !isInProject(path) && findCovering(path, ground)?.kind === "bind")
    .map(({ path, entry, why }) => ({
      kind: "mask",
      of: entry,
      destination: path,
      why: `hidden: ${why}`,
    }));
}

type Names = { network: NetworkMode; ground: readonly MountOperation[] };

/** The files that say where names are looked up, at the ends of the host's links to them. */
function planNames(
  facts: HostFacts,
  { files }: BlacklistFacts,
  { network, ground }: Names,
): MountOperation[] {
  const isPrivate = (path: string) => findCovering(path, ground)?.kind === "tmpfs";
  if (network === "host") {
    return files
      .filter(({ real, isThere }) => isThere && isPrivate(real))
      .map(({ real }) => bindReadOnly(real, real, "where names are looked up"));
  }
  return planNetworkFiles({ ...facts, etc: [] }, network, []).flatMap((mount) => {
    const file = files.find(({ path }) => path === mount.destination);
    if (file === undefined || (!file.isThere && !isPrivate(file.real))) return [];
    return [{ ...mount, destination: file.real }];
  });
}
