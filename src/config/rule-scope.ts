import { expandHome } from "../plan/paths.ts";
import { followToPlace } from "../host/links.ts";
import { parse } from "smol-toml";
import type { Configuration, Layer, Sourced } from "../policy.ts";
import { EMPTY_LAYER } from "../policy.ts";
import type { ListName } from "./places.ts";
import { unknownProfile } from "./resolve.ts";
import type { SourceText } from "./validate.ts";

/** What rules hold for: every profile, one of them, or one project (its root, a real path). */
export type RuleScope =
  | { kind: "everywhere" }
  | { kind: "profile"; name: string }
  | { kind: "project"; root: string };

/**
 * The table that the rules of a scope stand in. A project's keeps the name that it has.
 *
 * @throws UserError when there is no such profile
 */
export function findTable(
  { profiles, projects }: Configuration,
  scope: RuleScope,
  home: string,
): string[] {
  switch (scope.kind) {
    case "everywhere":
      return [];
    case "profile": {
      const { name } = scope;
      if (Object.hasOwn(profiles, name)) return ["profile", name];
      throw unknownProfile(name, Object.keys(profiles), "--profile");
    }
    case "project": {
      const { root } = scope;
      const isRoot = (path: string) => followToPlace(expandHome(path, home)).real === root;
      return ["project", Object.keys(projects).find(isRoot) ?? root];
    }
  }
}

/** What all files say in one table. */
export function readLayer(
  { defaults, profiles, projects }: Configuration,
  [kind, name = ""]: readonly string[],
): Layer {
  if (kind === undefined) return defaults;
  const layers = kind === "profile" ? profiles : projects;
  return (Object.hasOwn(layers, name) ? layers[name] : undefined) ?? EMPTY_LAYER;
}

/** The deny rules that are in force wherever what stands in the table is. */
export function listDenied(
  configuration: Configuration,
  table: readonly string[],
): Sourced<string>[] {
  const tables = [[], table];
  const seen = new Set<string>();
  // Grows while it is gone through: a profile brings those that it uses.
  for (const each of tables) {
    for (const { value } of readLayer(configuration, each).uses) {
      if (!seen.has(value)) tables.push(["profile", value]);
      seen.add(value);
    }
  }
  return tables.flatMap((each) => readLayer(configuration, each).deny);
}

/** The file for a list: one that has it, else one that has its table, else none. */
export function chooseSource(
  sources: readonly SourceText[],
  { table, key }: ListName,
): SourceText | undefined {
  if (table.length === 0) return undefined;
  const withList = sources.find((source) => hasPath(source, [...table, key]));
  return withList ?? sources.find((source) => hasPath(source, table));
}

function hasPath({ text }: SourceText, path: readonly string[]): boolean {
  let node: unknown = parse(text);
  for (const name of path) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return false;
    node = (node as Record<string, unknown>)[name];
  }
  return true;
}
