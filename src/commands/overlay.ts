import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { readProject } from "../host/facts.ts";
import { followLinks, followToPlace } from "../host/links.ts";
import { applyChange } from "../overlay/apply.ts";
import type { Change } from "../overlay/changes.ts";
import { listChanges } from "../overlay/changes.ts";
import { describePatch } from "../overlay/patch.ts";
import type { Store } from "../overlay/store.ts";
import { findUser, listStores, removeStore, selectStores } from "../overlay/store.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

/** `pale diff [PATH]`: what agents of this project changed in overlays. */
export function printChanges(
  invocation: Invocation,
  path: string | undefined,
  { patch = false }: { patch?: boolean },
): void {
  const stores = findStores(invocation, path);
  for (const store of stores) {
    const changes = listChanges(store);
    const lines = changes.map((change) => `${SIGNS[change.kind]} ${showPath(store, change)}\n`);
    const user = findUser(store.directory);
    const lower = escapeUntrusted(store.lower);
    const note = user === undefined ? "" : `# ${lower}: still in use by process ${user}\n`;
    invocation.print(`${note}${lines.join("")}`);
    if (patch) for (const change of changes) invocation.print(describePatch(store, change));
  }
}

/** `pale apply [PATH]`: do to the directories what was done in their overlays, and drop these. */
export function applyChanges(invocation: Invocation, path: string | undefined): void {
  for (const store of findUnused(invocation, path)) {
    for (const change of listChanges(store)) {
      applyChange(store, change);
      invocation.print(`applied: ${SIGNS[change.kind]} ${showPath(store, change)}\n`);
    }
    removeStore(store);
  }
}

/** `pale discard [PATH]`: drop the changes. */
export function discardChanges(invocation: Invocation, path: string | undefined): void {
  for (const store of findUnused(invocation, path)) {
    const what = countChanges(store);
    removeStore(store);
    invocation.print(`discarded: ${what} to ${escapeUntrusted(store.lower)}\n`);
  }
}

/** What cannot be told is dropped all the same. */
function countChanges(store: Store): string {
  try {
    const { length } = listChanges(store);
    return length === 1 ? "1 change" : `${length} changes`;
  } catch {
    return "all changes";
  }
}

const SIGNS: Record<Change["kind"], string> = { added: "A", modified: "M", deleted: "D" };

function showPath({ lower }: Store, { path }: Change): string {
  return escapeUntrusted(`${lower}/${path}`);
}

function findStores(invocation: Invocation, path: string | undefined): Store[] {
  const directories = findDirectories(invocation.environment);
  const search = makeSearch(invocation, directories);
  const { root } = readProject(undefined, { search, directories });
  const wanted = path === undefined ? undefined : resolve(invocation.workingDirectory, path);
  const real = wanted === undefined ? undefined : (followLinks(wanted)?.real ?? wanted);
  const all = listStores(followToPlace(directories.state).real, root);
  const stores = selectStores(all, real);
  if (stores.length > 0) return stores;
  const known = all.map(({ lower }) => lower).join(", ");
  throw new UserError(
    `no overlay of \`${root}\`${path === undefined ? "" : ` is at \`${path}\``}`,
    {
      hint: known === "" ? "pale run --overlay PATH CMD makes one" : `there are: ${known}`,
    },
  );
}

/** @throws UserError when a sandbox has one of them: what it still writes would be lost */
function findUnused(invocation: Invocation, path: string | undefined): Store[] {
  const stores = findStores(invocation, path);
  for (const store of stores) {
    const user = findUser(store.directory);
    if (user === undefined) continue;
    throw new UserError(`a sandbox is using the overlay of \`${store.lower}\``, {
      origin: `process ${user}`,
      hint: "end it first",
    });
  }
  return stores;
}
