import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { HostFacts, ProtectedFact } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { findCovering } from "./visible.ts";

/**
 * Mounts that keep what is protected as it is: over itself, read-only, where something is
 * there; over a placeholder where nothing is. What a mount of the policy shows at the very
 * place is as that says, and what is not writable anyway needs none.
 *
 * @throws UserError for a link, which nothing can be mounted over
 */
export function planProtection(
  { protected: facts, project }: Pick<HostFacts, "protected" | "project">,
  mounts: readonly MountOperation[],
): MountOperation[] {
  const open = mounts.filter(({ destination }) => !project.gitDirectories.includes(destination));
  const decided = new Set(open.map(({ destination }) => destination));
  const binds = mounts.filter((mount) => mount.kind === "bind");
  const planned = facts
    .flatMap((fact) => {
      const around = binds.filter(
        ({ source }) => source !== fact.path && contains(source, fact.path),
      );
      return around.flatMap((mount) => protect(fact, mount, mounts));
    })
    .filter(({ destination }) => !decided.has(destination));
  const destinations = planned.map(({ destination }) => destination);
  const kept = planned.filter(
    ({ destination }, index) =>
      destinations.indexOf(destination) === index &&
      !destinations.some((other) => other !== destination && contains(other, destination)),
  );
  const count = kept.filter(({ kind }) => kind === "held").length;
  if (count > MOST_PLACES) throw tooMany(count);
  return kept;
}

/** What the reasons of these mounts begin with. */
const PROTECTED = "protected: ";

/** Whether a mount is one of `planProtection`, and not one that the policy names. */
export function isProtection({ why }: MountOperation): boolean {
  return why.startsWith(PROTECTED);
}

/** As many as the init program can hold. */
const MOST_PLACES = 256;

function tooMany(count: number): UserError {
  return new UserError(`${count} paths are protected that are not there, which is too many`, {
    hint: `\`git worktree prune\`, or let agents write some: unprotect = [".git/worktrees"]`,
  });
}

type Bind = Extract<MountOperation, { kind: "bind" }>;

function protect(
  fact: ProtectedFact,
  outer: Bind,
  mounts: readonly MountOperation[],
): MountOperation[] {
  const { path: source } = fact;
  const destination = join(outer.destination, source.slice(outer.source.length));
  const covering = findCovering(dirname(destination), mounts);
  const isWritable = covering?.kind === "bind" && covering.access === "rw";
  if (covering !== outer || !isWritable) return [];
  const why = `${PROTECTED}${fact.why}`;
  switch (fact.kind) {
    case "present":
      return [{ kind: "bind", access: "ro", source, destination, why }];
    case "missing":
      return [{ kind: "held", source, placeholder: fact.placeholder, destination, why }];
    case "link":
      throw linked(fact);
  }
}

function linked({ name, path }: ProtectedFact): UserError {
  return new UserError(`\`${name}\` cannot be protected: \`${path}\` is a link`, {
    origin: path,
    hint: `put what it leads to in its place, or let agents write it: unprotect = ["${name}"]`,
  });
}
