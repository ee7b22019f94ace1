import { UserError } from "../errors.ts";
import type { HostFacts, MountFact } from "./facts.ts";
import { contains } from "./paths.ts";
import { isLeftOut } from "./rule-mounts.ts";
import { listFound } from "./sockets.ts";

/**
 * A mount shows what the links on its path lead to. A link in a place that this sandbox
 * can write may have been made by the agent before: it must not lead out of that place.
 *
 * @throws UserError that names the link
 */
export function checkPlantedLinks({ project, mounts, sockets }: HostFacts): void {
  const shown = mounts.filter((fact) => !isLeftOut(fact));
  const writable = [
    project.root,
    ...project.gitDirectories,
    ...shown.filter(({ mount }) => mount.access === "rw").map(({ real }) => real),
  ];
  for (const fact of shown) checkWay({ ...fact, ...nameMount(fact) }, writable);
  for (const socket of listFound(sockets)) {
    checkWay({ ...socket, what: `the socket \`${socket.name}\``, use: "name" }, writable);
  }
}

type Way = Pick<MountFact, "links" | "real"> & { what: string; origin: string; use: string };

function nameMount({ mount }: MountFact): Pick<Way, "what" | "origin" | "use"> {
  return { what: `the mount \`${mount.host}\``, origin: mount.origin, use: "mount" };
}

function checkWay({ links, real, what, origin, use }: Way, writable: readonly string[]): void {
  for (const { path, target } of links) {
    const place = writable.find((each) => contains(each, path) && !contains(each, real));
    if (place === undefined) continue;
    throw new UserError(`${what} leads out of \`${place}\`, where agents can write`, {
      origin: `${origin}, by the link ${path} -> ${target}`,
      hint: `an agent may have made the link; if you did, ${use} \`${real}\``,
    });
  }
}
