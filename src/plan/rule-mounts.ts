import { UserError } from "../errors.ts";
import type { ResolvedMount } from "../policy.ts";
import type { HomeFacts, HostFacts, Link, MountFact } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation, Preparation } from "./plan.ts";
import { listSocketLinks, planSockets } from "./sockets.ts";
import { bindReadOnly } from "./system-mounts.ts";
import { isVisible } from "./visible.ts";

/** The mounts that the policy names, the project, and what the program needs to run. */
export function planRules(facts: HostFacts, ground: readonly MountOperation[]): MountOperation[] {
  return [
    ...planProgram(facts, ground),
    ...planProject(facts),
    ...facts.mounts.flatMap(planMount),
    ...planSockets(facts),
  ];
}

/** What must be made on the host first, so that the mounts have something to show. */
export function planPreparations(facts: readonly MountFact[]): Preparation[] {
  const missing = facts.filter((fact) => isToBeMade(fact));
  const wanted = new Map(missing.map(({ real, mount }) => [real, mount.origin]));
  const directories = [...wanted].map(([path, why]): Preparation => {
    return { kind: "make-directory", path, why };
  });
  return [...directories, ...facts.flatMap(planSeeds)];
}

function planSeeds(fact: MountFact): Preparation[] {
  const { seeds, mount } = fact;
  if (isLeftOut(fact)) return [];
  return seeds.map(({ from, to }) => ({ kind: "copy-file", from, path: to, why: mount.origin }));
}

function planMount(fact: MountFact): MountOperation[] {
  const { mount } = fact;
  if (mount.access === "mask") return [];
  if (fact.kind === "present") return [bind(mount, fact.real)];
  switch (mount.missing) {
    case "skip":
      return [];
    case "create-directory":
      return [bind(mount, fact.real)];
    case "fail":
      throw new UserError(`the mount \`${mount.host}\` does not exist`, {
        origin: mount.origin,
        hint: "create it, or add `optional = true` (or `create = true`) to the mount",
      });
  }
}

function isToBeMade({ kind, mount }: MountFact): boolean {
  return kind === "missing" && mount.missing === "create-directory" && mount.access !== "mask";
}

/** It shows nothing: nothing is there, and the mount says that it need not be; or it is a mask. */
export function isLeftOut({ kind, mount }: MountFact): boolean {
  return mount.access === "mask" || (kind === "missing" && mount.missing === "skip");
}

function bind({ sandbox, access, origin }: ResolvedMount, source: string): MountOperation {
  return { kind: "bind", access, source, destination: sandbox ?? source, why: origin };
}

function planProject({ project, mounts }: HostFacts): MountOperation[] {
  // What is mounted over itself in the project would be the host's again.
  const isApart = mounts.some(
    ({ mount, real }) => mount.access === "overlay" && real === project.root,
  );
  const git = project.gitDirectories.filter((path) => !isApart || !contains(project.root, path));
  return [project.root, ...git].map((path, index) => ({
    kind: "bind",
    access: "rw",
    source: path,
    destination: path,
    why: index === 0 ? "the project" : "the project's git directory",
  }));
}

/** The program's own files, where nothing stronger shows them already. */
function planProgram(facts: HostFacts, ground: readonly MountOperation[]): MountOperation[] {
  const { program, home, project, system, blacklist } = facts;
  const shown = [project.root, ...system.map((entry) => entry.path)];
  const isShown = (path: string) =>
    blacklist ? isVisible(path, ground) : shown.some((directory) => contains(directory, path));
  const exposed = blacklist ? program.exposed.filter((path) => !isShown(path)) : program.exposed;
  for (const path of exposed) checkExposed(path, home);
  return exposed
    .filter((path) => !isShown(path))
    .map((path) => bindReadOnly(path, path, "the program's own files"));
}

/** A package in a strange place must not drag the home directory in, nor credentials. */
function checkExposed(path: string, { all, credentialFolders }: HomeFacts): void {
  const held = [
    ...all.map((home) => [home, "which holds the home directory"]),
    ...credentialFolders.map((folder) => [folder, "which holds credentials"]),
  ];
  const [, reason] = held.find(([inner = ""]) => contains(path, inner)) ?? [];
  if (reason === undefined) return;
  throw new UserError(`the program lies in \`${path}\`, ${reason}`, {
    hint: "install it somewhere else",
  });
}

/** Links on the way to anything that is shown, made again so that the same names work inside. */
export function collectLinks(facts: HostFacts): Link[] {
  return [
    ...facts.home.links,
    ...facts.project.links,
    ...facts.program.links,
    ...facts.mounts.flatMap((fact) => (isLeftOut(fact) ? [] : fact.links)),
    ...listSocketLinks(facts),
  ];
}
