import { resolve } from "node:path";
import { loadConfiguration } from "../config/load.ts";
import { follow, loadProjectFile } from "../config/project-layer.ts";
import { resolveLayer } from "../config/resolve.ts";
import { tighten } from "../config/tighten.ts";
import type { Refusal } from "../config/tighten.ts";
import { listTrust, readTrust, removeTrust, writeTrust } from "../config/trust.ts";
import type { Trust, TrustRecord } from "../config/trust.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { readProject } from "../host/facts.ts";
import { PROJECT_FILE, readProjectFile } from "../host/project-file.ts";
import { EMPTY_LAYER } from "../policy.ts";
import type { Layer } from "../policy.ts";
import { escapeUntrusted } from "../terminal.ts";
import { askToAgree } from "./agree.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";
import { compareLines } from "./line-diff.ts";
import type { DiffLine } from "./line-diff.ts";

export type TrustOptions = { yes?: boolean; ignore?: boolean; revoke?: boolean; list?: boolean };

/**
 * `pale trust`: show the project's file, or what has changed in it, and keep the user's word on
 * that content. What is kept is what was shown: the file is read once.
 *
 * @param directory the project's root; by default it is found from the working directory
 * @throws UserError, UserErrors for a missing or wrong file, or when nobody can be asked
 */
export async function decideTrust(
  invocation: Invocation,
  directory: string | undefined,
  options: TrustOptions,
): Promise<void> {
  const directories = findDirectories(invocation.environment);
  if (options.list === true) return invocation.print(describeTrust(directories));
  if (options.revoke === true) return revoke(invocation, directories, directory);
  const { root } = findRoot(invocation, directories, directory);
  const source = readProjectFile(root);
  if (source === undefined) throw noFile(root);
  const { text } = source;
  const layer = await loadProjectFile(source, root, directories.cache);
  const trust = readTrust(directories.state, root, text);
  const decision = options.ignore === true ? "ignored" : "trusted";
  if (trust.kind === decision)
    return invocation.print(`${decision} already: ${show(source.name)}\n`);
  const refused = await findRequests(layer, { invocation, directories, root });
  invocation.print(describeFile(source, trust) + describeRequests(refused));
  const isAgreed = options.yes === true || (await ask(invocation, decision));
  if (!isAgreed) return;
  const { sha256 } = writeTrust(directories.state, { project: root, decision, text });
  invocation.print(`${decision}: ${show(source.name)} (sha256 ${sha256})\n`);
}

async function ask(invocation: Invocation, decision: TrustRecord["decision"]): Promise<boolean> {
  const word = decision === "trusted" ? "trust" : "leave out";
  const question = `${word} this content of ${PROJECT_FILE}?`;
  return askToAgree(invocation, { command: "trust", question, toRead: "the file" });
}

async function revoke(
  { print, ...invocation }: Invocation,
  directories: Directories,
  directory: string | undefined,
): Promise<void> {
  const written = resolve(invocation.workingDirectory, directory ?? ".");
  const isKnown = listTrust(directories.state).some(({ project }) => project === written);
  // The project may be gone; its record need not stay for that.
  const root = isKnown ? written : findRoot({ ...invocation, print }, directories, directory).root;
  const isRemoved = removeTrust(directories.state, root);
  print(`${isRemoved ? "revoked" : "nothing to revoke for"}: ${show(root)}\n`);
}

function findRoot(
  invocation: Invocation,
  directories: Directories,
  directory: string | undefined,
): { root: string } {
  const search = makeSearch(invocation, directories);
  const named = directory === undefined ? undefined : resolve(search.workingDirectory, directory);
  return readProject(named, { search, directories });
}

function noFile(root: string): UserError {
  return new UserError(`there is no \`${PROJECT_FILE}\` in \`${root}\``, {
    hint: "name the project: pale trust DIR",
  });
}

/** The whole file, or what has changed since the last decision. */
function describeFile({ name, text }: { name: string; text: string }, trust: Trust): string {
  if (trust.kind !== "changed") return `${show(name)}:\n\n${indent(text.split("\n"))}\n`;
  const { record } = trust;
  const lines = compareLines(record.text, text).map(markLine);
  return `${show(name)}, changed since it was ${record.decision}:\n\n${indent(lines)}\n`;
}

const MARKS = { same: " ", removed: "-", added: "+" } as const;

function markLine({ kind, text }: DiffLine): string {
  return `${MARKS[kind]} ${text}`;
}

function indent(lines: readonly string[]): string {
  const shown = lines.at(-1)?.trim() === "" ? lines.slice(0, -1) : lines;
  return shown.map((line) => `  ${show(line).trimEnd()}\n`).join("");
}

type Place = { invocation: Invocation; directories: Directories; root: string };

/** What a launch would refuse without the trust, with any profile: what it lacks, another may have. */
async function findRequests(file: Layer, place: Place): Promise<Refusal[]> {
  const { config, cache, home } = place.directories;
  const configuration = await loadConfiguration({ kind: "user", directory: config }, cache);
  const alone = { ...configuration, projects: {} };
  const { environment } = place.invocation;
  const known = { command: undefined, layer: EMPTY_LAYER, home, project: place.root, environment };
  const refused = [undefined, ...Object.keys(alone.profiles)].flatMap((profile) => {
    const below = resolveLayer(alone, { ...known, profile }).layer;
    return tighten(file, { below, home, project: place.root, follow }).refused;
  });
  const found = new Map(refused.map((each) => [`${each.subject} ${each.origin}`, each]));
  return [...found.values()].sort((a, b) => findLine(a) - findLine(b));
}

function findLine({ origin }: Refusal): number {
  return Number(origin.split(":").at(-1));
}

/** Below the text, however long it is: what needs the trust, by key and line. */
function describeRequests(refused: readonly Refusal[]): string {
  if (refused.length === 0) return "it only tightens, which needs no trust\n";
  const lines = refused.map((each) => `  line ${findLine(each)}: ${show(each.subject)}\n`);
  return `it widens what an agent may do:\n${lines.join("")}`;
}

function describeTrust({ state }: Directories): string {
  const lines = listTrust(state).map(({ project, decision, sha256 }) => {
    return `${decision.padEnd(7)}  ${sha256.slice(0, 12)}  ${show(project)}\n`;
  });
  return lines.length === 0 ? "no project's file is trusted\n" : lines.join("");
}

function show(text: string): string {
  return escapeUntrusted(text);
}
