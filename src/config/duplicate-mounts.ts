import { normalize } from "node:path";
import type { KeyPath } from "./positions.ts";
import type { ConfigurationDocument, ProfileDocument } from "./schema.ts";

/** A mount on the place of another one in the same table; `first` is that one's key path. */
export type DuplicateMount = { path: KeyPath; first: KeyPath; place: string };

/**
 * In one table the second mount on a place is a mistake; to mount over what another table
 * mounts is what the order of layers is for.
 */
export function findDuplicateMounts(document: ConfigurationDocument): DuplicateMount[] {
  const { profile = {}, project = {} } = document;
  const named = (kind: string, tables: Record<string, ProfileDocument>) =>
    Object.entries(tables).flatMap(([name, table]) => findInTable(table, [kind, name]));
  return [...findInTable(document, []), ...named("profile", profile), ...named("project", project)];
}

function findInTable({ mounts = [] }: ProfileDocument, table: KeyPath): DuplicateMount[] {
  const known = new Map<string, KeyPath>();
  return mounts.flatMap(({ host, sandbox = host }, index): DuplicateMount[] => {
    const place = normalize(sandbox).replace(/(?<=.)\/$/u, "");
    const path = [...table, "mounts", index];
    const first = known.get(place);
    if (first === undefined) known.set(place, path);
    return first === undefined ? [] : [{ path, first, place }];
  });
}
