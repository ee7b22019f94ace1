import { mkdirSync } from "node:fs";
import { loadConfiguration } from "../config/load.ts";
import { unknownProfile } from "../config/resolve.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { findCommand, isInstalled } from "../host/search.ts";
import { withLock } from "../shim/lock.ts";
import { findNameProblem, nameOwnShims, readOwnShims, writeOwnShims } from "../shim/own-shims.ts";
import type { OwnShim } from "../shim/own-shims.ts";
import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";
import { installWanted, listWanted } from "./shims.ts";

export type AddOptions = { profile?: string };

/**
 * `pale shims add`: a shim for any command, remembered, so that `pale shims` writes it again.
 * A second time for the same name takes the place of the first.
 *
 * @throws UserError for a name that no shim can have, or a profile that is not there
 */
export async function addShim(
  invocation: Invocation,
  [name = "", ...words]: readonly string[],
  { profile }: AddOptions,
): Promise<void> {
  const problem = findNameProblem(name);
  if (problem !== undefined) throw new UserError(`\`${name}\` ${problem}`, { hint: USAGE });
  const directories = findDirectories(invocation.environment);
  if (profile !== undefined) await checkProfile(profile, directories);
  change(invocation, directories, (own) => {
    return [...own.filter((each) => each.name !== name), { name, profile, arguments: words }];
  });
  if (isInstalled(name, makeSearch(invocation, directories))) return;
  invocation.print(`${name} is not on PATH yet\n`);
}

const USAGE = "pale shims add NAME [--profile P] [-- ARGS...]";

async function checkProfile(profile: string, { config, cache }: Directories): Promise<void> {
  const { profiles } = await loadConfiguration({ kind: "user", directory: config }, cache);
  if (Object.hasOwn(profiles, profile)) return;
  throw unknownProfile(profile, Object.keys(profiles), "--profile");
}

/** `pale shims remove`: take back what `add` did; an agent's shim is then as it was before. */
export function removeShim(invocation: Invocation, name: string): void {
  change(invocation, findDirectories(invocation.environment), (own) => {
    const left = own.filter((each) => each.name !== name);
    if (left.length < own.length) return left;
    throw new UserError(`no shim \`${name}\` was added`, {
      hint: own.length > 0 ? `added: ${own.map((each) => each.name).join(", ")}` : USAGE,
    });
  });
}

/** The shims first: one that cannot be written is not remembered. */
function change(
  invocation: Invocation,
  directories: Directories,
  edit: (own: OwnShim[]) => OwnShim[],
): void {
  const file = nameOwnShims(directories);
  mkdirSync(directories.data, { recursive: true, mode: 0o755 });
  withLock(`${file}.lock`, () => {
    const own = edit(readOwnShims(file));
    installWanted(invocation, directories, own);
    writeOwnShims(file, own);
  });
}

/** `pale shims list`: every shim with its profile, its arguments and the program behind it. */
export function listShims(invocation: Invocation): void {
  const directories = findDirectories(invocation.environment);
  const search = makeSearch(invocation, directories);
  const wanted = listWanted(invocation, directories, readOwnShims(nameOwnShims(directories)));
  const rows = wanted.map(({ name, profile, arguments: words }) => [
    name,
    profile ?? "-",
    words.map(quoteForShell).join(" ") || "-",
    isInstalled(name, search) ? findCommand(name, search) : "not found",
  ]);
  invocation.print(renderTable([["name", "profile", "arguments", "program"], ...rows]));
}

function renderTable(rows: readonly string[][]): string {
  const shown = rows.map((row) => row.map(escapeUntrusted));
  const width = (column: number) => Math.max(...shown.map((row) => row[column]?.length ?? 0));
  const lines = shown.map((row) => row.map((cell, column) => cell.padEnd(width(column))));
  return lines.map((cells) => `${cells.join("  ").trimEnd()}\n`).join("");
}
