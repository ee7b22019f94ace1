import { join } from "node:path";
import { UserError } from "../errors.ts";
import { readBounded } from "./bounded.ts";
import { followLinks } from "./links.ts";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";
import { listDirectories } from "./search.ts";
import { readNames, readStatus } from "./status.ts";

/**
 * The text of a configuration file. What is there but cannot be read is never the same as
 * nothing; `/dev/null` is, because tools are told so to read none.
 *
 * @returns `undefined` when there is no such file
 * @throws UserError when it is no file, too long, not readable, or an agent could write it
 */
export function readConfiguration(
  path: string,
  question: RegistryQuestion,
  fact: RegistryFact,
): string | undefined {
  const names = nameAll(path);
  if (names === undefined || names.includes("/dev/null")) return undefined;
  if (names.some((name) => isWritable(name, question))) throw writable(path);
  const text = readBounded(path, MOST_CONFIGURATION)?.toString("utf8");
  if (text === undefined) throw unreadable(path);
  fact.sources.push(...names);
  return text;
}

/** The text of a file that belongs to an installed tool; nothing of what an agent could write. */
export function readToolFile(
  path: string,
  question: RegistryQuestion,
  fact: RegistryFact,
): string | undefined {
  const names = nameAll(path);
  if (names === undefined || names.some((name) => isWritable(name, question))) return undefined;
  const text = readBounded(path, MOST_TOOL_FILE)?.toString("utf8");
  if (text !== undefined) fact.sources.push(...names);
  return text;
}

/** The real files that PATH has by these names, less those that an agent could have put there. */
export function findOnPath(names: readonly string[], question: RegistryQuestion): string[] {
  const paths = listDirectories(question.search).flatMap((directory) => {
    return names.map((name) => `${directory}/${name}`);
  });
  const files = paths.flatMap((path) => {
    const all = nameAll(path) ?? [];
    const real = all.at(-1);
    if (real === undefined || all.some((name) => isWritable(name, question))) return [];
    return readStatus(real)?.isFile() ? [real] : [];
  });
  return [...new Set(files)];
}

/** Every name on the way through links, the real path last; `undefined` when nothing is there. */
export function nameAll(path: string): string[] | undefined {
  const followed = followLinks(path);
  return followed && [...followed.links.map((link) => link.path), followed.real];
}

export function isWritable(path: string, { writable }: RegistryQuestion): boolean {
  return writable.some((root) => path === root || path.startsWith(`${root.replace(/\/$/u, "")}/`));
}

const MOST_CONFIGURATION = 262_144;
const MOST_TOOL_FILE = 1_048_576;

function unreadable(path: string): UserError {
  return new UserError(`cannot read the registry configuration \`${path}\``, {
    hint: "it must be a readable file of at most 256 KiB",
  });
}

function writable(path: string): UserError {
  return new UserError(`an agent could write \`${path}\``, {
    origin: "it says which registries the sandbox may reach",
    hint: "keep it out of the project and of writable mounts, or use `allow = [...]` instead",
  });
}

/** The paths of what is in a folder, sorted; none of one that cannot be read. */
export function listFolder(folder: string): string[] {
  return readNames(folder)
    .sort()
    .map((name) => join(folder, name));
}
