import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import type { HostFacts } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation, Overlay, Preparation } from "./plan.ts";

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
    const store = nameStore(facts, mount.source);
    return [{ lower: mount.source, destination: mount.destination, store, why: mount.why }];
  });
}

/** Parts of a store; the last one is where the overlay is mounted. */
export const STORE_PARTS = { upper: "upper", work: "work", merged: "merged" } as const;

/** What tells the commands that review a store whose it is. */
export const STORE_NOTE = "origin.json";

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
function nameStore({ state, project }: HostFacts, lower: string): string {
  const name = basename(lower)
    .replaceAll(/[^A-Za-z0-9._-]/gu, "_")
    .slice(0, 60);
  return join(
    state,
    "overlays",
    `${name || "root"}-${hash(JSON.stringify([project.root, lower]))}`,
  );
}

/** FNV-1a of 64 bits: to tell names apart, not to resist anybody; the note has the paths in full. */
function hash(text: string): string {
  let value = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100_0000_01b3n);
  }
  return value.toString(16).padStart(16, "0");
}

function checkLower(lower: string, { state }: HostFacts, origin: string): void {
  if (!contains(lower, state)) return;
  throw new UserError(`an overlay of \`${lower}\` would hold its own changes`, {
    origin,
    hint: `choose a directory that does not hold \`${state}\``,
  });
}
