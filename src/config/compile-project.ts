import { join } from "node:path";
import { UserError, UserErrors } from "../errors.ts";
import { isObject } from "../object.ts";
import type { Layer } from "../policy.ts";
import { readDocument } from "./compile.ts";
import { layerFrom } from "./layers.ts";
import { findLine } from "./positions.ts";
import type { SourceText } from "./validate.ts";

const MOST_SHOWN = 20;

/**
 * Compile a project's file: the keys of a profile at its top, no tables for others. A host
 * path may begin with `./`, which is the project's root.
 *
 * @param root real path of the project
 * @throws UserErrors with its problems, or the first of them
 */
export function compileProjectFile(source: SourceText, root: string): Layer {
  const result = readDocument(source, (document) => placePaths(document, root));
  if (result.kind === "invalid") throw firstOf(result.errors);
  const { profile, project, ...settings } = result.document;
  const tables = { profile, project };
  const wrong = Object.entries(tables).filter(([, table]) => table !== undefined);
  if (wrong.length > 0) throw new UserErrors(wrong.map(([key]) => noTable(source, key)));
  checkLength(source, settings);
  return layerFrom(source, settings, []);
}

/** Each costs every launch something; a sandbox can hold only so many mounts. */
const MOST_ENTRIES = 128;

function checkLength({ name }: SourceText, settings: Record<string, unknown>): void {
  const long = Object.entries(settings).find(
    ([, value]) => Array.isArray(value) && value.length > MOST_ENTRIES,
  );
  if (long === undefined) return;
  throw new UserError(`\`${long[0]}\` has more than ${MOST_ENTRIES} entries`, { origin: name });
}

/** A repository can hold any number of mistakes; the screen cannot. */
function firstOf(errors: readonly UserError[]): UserErrors {
  const more = errors.length - MOST_SHOWN;
  if (more <= 0) return new UserErrors(errors);
  return new UserErrors([...errors.slice(0, MOST_SHOWN), new UserError(`and ${more} more`)]);
}

function noTable(source: SourceText, key: string): UserError {
  return new UserError(`unknown key \`${key}\``, {
    origin: `${source.name}:${findLine(source.text, [key])}`,
    hint: "a project's file holds settings for this project only: no profiles, no other projects",
  });
}

/** Put the root in the place of `./` wherever the schema wants an absolute path. */
function placePaths(document: Record<string, unknown>, root: string): Record<string, unknown> {
  const place = (value: unknown) => (isBelow(value) ? join(root, value) : value);
  const { mounts, path_add, sockets, env } = document;
  return {
    ...document,
    ...(Array.isArray(mounts) && { mounts: mounts.map((mount) => placeMount(mount, place)) }),
    ...(Array.isArray(path_add) && { path_add: path_add.map(place) }),
    ...(Array.isArray(sockets) && { sockets: sockets.map(place) }),
    ...(isObject(env) && { env: { ...env, ...placeFiles(env["file"], place) } }),
  };
}

type Place = (value: unknown) => unknown;

function placeMount(mount: unknown, place: Place): unknown {
  if (!isObject(mount)) return mount;
  const keys = ["host", "sandbox"].filter((key) => key in mount);
  return { ...mount, ...Object.fromEntries(keys.map((key) => [key, place(mount[key])])) };
}

function placeFiles(files: unknown, place: Place): Record<string, unknown> {
  if (!isObject(files)) return {};
  const placed = Object.entries(files).map(([name, path]) => [name, place(path)]);
  return { file: Object.fromEntries(placed) };
}

function isBelow(value: unknown): value is string {
  return typeof value === "string" && (value === "." || value.startsWith("./"));
}
