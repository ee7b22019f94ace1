import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import type { HostFacts } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation, Overlay, Preparation } from "./plan.ts";
import { nameStore } from "./store-name.ts";

/**
 * Directories whose changes are kept apart: the init program mounts an overlay before
 * bubblewrap starts, which only binds it. What is written stays from one launch in a project
 * to the next, until it is applied or discarded.
 *
 * @throws UserError for what cannot have an overlay
 */
export function planOverlays(facts: HostFacts, mounts: readonly MountOperation[]): Overlay[] {
  return mounts.flatMap((mount) => {
    if (mount.kind !== "bind" || mount.access !== "overlay") return [];
    checkLower(mount.source, facts, mount.why);
    const store = placeStore(facts, mount.source);
    return [{ lower: mount.source, destination: mount.destination, store, why: mount.why }];
  });
}

/** Parts of a store; the last one is where the overlay is mounted. */
export const STORE_PARTS = { upper: "upper", work: "work", merged: "merged" } as const;

/** What tells the commands that review a store whose it is. */
export const STORE_NOTE = "origin.json";

/** The directories that the overlays need, and a note of whose they are. */
export function planStores(overlays: readonly Overlay[], project: string): Preparation[] {
  return overlays.flatMap(({ lower, store, why }): Preparation[] => [
    ...Object.values(STORE_PARTS).map((part): Preparation => ({
      kind: "make-directory",
      path: join(store, part),
      why,
    })),
    {
      kind: "write-note",
      path: join(store, STORE_NOTE),
      text: `${JSON.stringify({ project, lower })}\n`,
      why: "whose changes these are",
    },
  ]);
}

/** A store for each directory in each project. */
function placeStore({ state, project }: HostFacts, lower: string): string {
  return join(state, "overlays", nameStore(basename(lower), JSON.stringify([project.root, lower])));
}

function checkLower(lower: string, { state }: HostFacts, origin: string): void {
  if (!contains(lower, state)) return;
  throw new UserError(`an overlay of \`${lower}\` would hold its own changes`, {
    origin,
    hint: `choose a directory that does not hold \`${state}\``,
  });
}
