import { UserError } from "../errors.ts";
import type { HostFacts, MountFact } from "./facts.ts";
import { contains } from "./paths.ts";
import { isLeftOut } from "./rule-mounts.ts";

/**
 * A mount shows what the links on its path lead to. A link in a place that this sandbox
 * can write may have been made by the agent before: it must not lead out of that place.
 *
 * @throws UserError that names the link
 */
export function checkPlantedLinks({ project, mounts }: HostFacts): void {
  const shown = mounts.filter((fact) => !isLeftOut(fact));
  const writable = [
    project.root,
    ...project.gitDirectories,
    ...shown.filter(({ mount }) => mount.access === "rw").map(({ real }) => real),
  ];
  for (const fact of shown) checkMount(fact, writable);
}

function checkMount({ mount, links, real }: MountFact, writable: readonly string[]): void {
  for (const { path, target } of links) {
    const place = writable.find((each) => contains(each, path) && !contains(each, real));
    if (place === undefined) continue;
    throw new UserError(
      `the mount \`${mount.host}\` leads out of \`${place}\`, where agents can write`,
      {
        origin: `${mount.origin}, by the link ${path} -> ${target}`,
        hint: `an agent may have made the link; if you did, mount \`${real}\``,
      },
    );
  }
}
