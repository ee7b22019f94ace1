import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import type { HostFacts, Link, MountFact, SocketFact, SocketTarget } from "./facts.ts";
import { contains, listBetween } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { findCovering, followMadeLinks } from "./visible.ts";

export type FoundSocket = Extract<SocketTarget, { kind: "socket" }> &
  Pick<SocketFact, "name" | "origin">;

/**
 * Each socket is a mount of its own. That it is read-only stops nobody from connecting: to
 * show a socket is to let the agent use it.
 *
 * @throws UserError when one is missing that need not be
 */
export function planSockets({ sockets }: Pick<HostFacts, "sockets">): MountOperation[] {
  return listFound(sockets).map(({ real, place, origin }) => ({
    kind: "bind",
    access: "ro",
    source: real,
    destination: place,
    why: origin,
  }));
}

/** @throws UserError when one is missing that need not be */
export function listFound(sockets: readonly SocketFact[]): FoundSocket[] {
  return sockets.flatMap(({ name, origin, optional, target }) => {
    switch (target.kind) {
      case "socket":
        return [{ ...target, name, origin }];
      case "control":
        throw hidden(name, target.real, origin);
      case "none":
        if (optional) return [];
        throw new UserError(target.problem, {
          origin,
          hint: `start the program that makes it, or write \`${name}?\` if it may be missing`,
        });
    }
  });
}

function hidden(name: string, real: string, origin: string): UserError {
  return new UserError(`\`${name}\` leads to \`${real}\`, by which programs outside are run`, {
    origin,
    hint: `if that is what you want, name it: sockets = ["${real}"]`,
  });
}

/** The links by which named sockets are reached. */
export function listSocketLinks({ sockets }: Pick<HostFacts, "sockets">): Link[] {
  return sockets.flatMap(({ target }) => (target.kind === "socket" ? target.links : []));
}

/**
 * A mounted directory brings its sockets. Those that control the machine are never shown
 * that way.
 *
 * @throws UserError that names the mount and the socket
 */
export function checkControlSockets({ mounts, sockets, controlSockets }: HostFacts): void {
  const named = new Set(listFound(sockets).map(({ real }) => real));
  for (const path of controlSockets.filter((each) => !named.has(each))) {
    const fact = mounts.find(({ real }) => contains(real, path));
    if (fact) throw shown(fact, path);
  }
}

function shown({ mount }: MountFact, path: string): UserError {
  return new UserError(
    `the mount \`${mount.host}\` would show \`${path}\`, by which programs outside are run`,
    {
      origin: mount.origin,
      hint: `mount only what is needed of it; to let the agent use that: sockets = ["${path}"]`,
    },
  );
}

/** Directories that pale makes for a socket are the user's alone: gpg wants no others. */
export function planSocketParents(
  sockets: readonly SocketFact[],
  mounts: readonly MountOperation[],
): MountOperation[] {
  const places = listFound(sockets).map(({ place }) => followMadeLinks(place, mounts));
  const parents = places.flatMap((place) => {
    const outer = findCovering(dirname(place), mounts);
    return outer?.kind === "tmpfs" ? listBetween(outer.destination, place) : [];
  });
  const taken = new Set(mounts.map(({ destination }) => destination));
  const free = [...new Set(parents)].filter((path) => !taken.has(path));
  return free.map((destination) => ({
    kind: "directory",
    mode: 0o700,
    destination,
    why: "for a socket in it",
  }));
}
