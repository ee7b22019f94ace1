import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { readSources } from "../config/load.ts";
import { unknownProfile } from "../config/resolve.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { findCommand, isInstalled } from "../host/search.ts";
import { shimDirectory } from "../shim/directory.ts";
import { describePlanState, readPlanState } from "../shim/plan-state.ts";
import { withLock } from "../shim/lock.ts";
import { findNameProblem, nameOwnShims, readOwnShims, writeOwnShims } from "../shim/own-shims.ts";
import type { Compiled } from "../shim/plan.ts";
import type { OwnShim } from "../shim/own-shims.ts";
import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";
import type { Basis } from "./shims.ts";
import { installWanted, listWanted, loadCompiled } from "./shims.ts";

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
  const compiled = await loadCompiled(directories);
  if (profile !== undefined) checkProfile(profile, compiled);
  change(invocation, { directories, compiled }, (own) => {
    return [...own.filter((each) => each.name !== name), { name, profile, arguments: words }];
  });
  if (isInstalled(name, makeSearch(invocation, directories))) return;
  invocation.print(`${name} is not on PATH yet\n`);
}

const USAGE = "pale shims add NAME [--profile P] [-- ARGS...]";

function checkProfile(profile: string, { configuration: { profiles } }: Compiled): void {
  if (Object.hasOwn(profiles, profile)) return;
  throw unknownProfile(profile, Object.keys(profiles), "--profile");
}

/** `pale shims remove`: take back what `add` did; an agent's shim is then as it was before. */
export async function removeShim(invocation: Invocation, name: string): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const compiled = await loadCompiled(directories);
  change(invocation, { directories, compiled }, (own) => {
    const left = own.filter((each) => each.name !== name);
    if (left.length < own.length) return left;
    throw new UserError(`no shim \`${name}\` was added`, {
      hint: own.length > 0 ? `added: ${own.map((each) => each.name).join(", ")}` : USAGE,
    });
  });
}

/** The shims first: one that cannot be written is not remembered. */
function change(invocation: Invocation, basis: Basis, edit: (own: OwnShim[]) => OwnShim[]): void {
  const { directories } = basis;
  const file = nameOwnShims(directories);
  mkdirSync(directories.data, { recursive: true, mode: 0o755 });
  withLock(`${file}.lock`, () => {
    const own = edit(readOwnShims(file));
    installWanted(invocation, basis, own);
    writeOwnShims(file, own);
  });
}

/** `pale shims list`: every shim with its profile, its arguments, its plan and the program behind it. */
export function listShims(invocation: Invocation): void {
  const directories = findDirectories(invocation.environment);
  const search = makeSearch(invocation, directories);
  const wanted = listWanted(invocation, directories, readOwnShims(nameOwnShims(directories)));
  const choice = { kind: "user", directory: directories.config } as const;
  const sources = readSources(choice);
  const rows = wanted.map(({ name, profile, arguments: words }) => [
    name,
    profile ?? "-",
    words.map(quoteForShell).join(" ") || "-",
    describePlanState(
      readPlanState(join(shimDirectory(directories), name), {
        owner: { name, profile },
        choice,
        sources,
      }),
    ),
    isInstalled(name, search) ? findCommand(name, search) : "not found",
  ]);
  invocation.print(renderTable([["name", "profile", "arguments", "plan", "program"], ...rows]));
}

function renderTable(rows: readonly string[][]): string {
  const shown = rows.map((row) => row.map(escapeUntrusted));
  const width = (column: number) => Math.max(...shown.map((row) => row[column]?.length ?? 0));
  const lines = shown.map((row) => row.map((cell, column) => cell.padEnd(width(column))));
  return lines.map((cells) => `${cells.join("  ").trimEnd()}\n`).join("");
}
