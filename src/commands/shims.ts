import { existsSync } from "node:fs";
import { join } from "node:path";
import { AGENTS, AMBIGUOUS, SHIMMED } from "../config/builtin.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { isInstalled } from "../host/search.ts";
import { shimDirectory } from "../shim/directory.ts";
import { installShims } from "../shim/install.ts";
import { nameOwnShims, readOwnShims } from "../shim/own-shims.ts";
import type { OwnShim } from "../shim/own-shims.ts";
import { renderShims } from "../shim/render.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

/**
 * `pale shims`: write a shim and its `-raw` twin for claude, codex and pi, for every other agent
 * that is on PATH, and for what the user added; remove stale ones.
 */
export function writeShims(invocation: Invocation): void {
  const directories = findDirectories(invocation.environment);
  installWanted(invocation, directories, readOwnShims(nameOwnShims(directories)));
}

/** @param own those that the user added */
export function installWanted(
  invocation: Invocation,
  directories: Directories,
  own: readonly OwnShim[],
): void {
  const directory = shimDirectory(directories);
  const pale = invocation.executable;
  const wanted = listWanted(invocation, directories, own);
  const shims = wanted.flatMap((shim) => renderShims({ ...shim, pale }));
  const { written, unchanged, removed } = installShims(directory, shims);
  const lines = [
    escapeUntrusted(directory),
    ...line("  written", written),
    ...line("  unchanged", unchanged),
    ...line("  removed", removed),
  ];
  invocation.print(`${lines.join("\n")}\n`);
}

/** Every shim that there is to be: the agents', but for what the user says of them, and the user's. */
export function listWanted(
  invocation: Invocation,
  directories: Directories,
  own: readonly OwnShim[],
): OwnShim[] {
  const agents = listAgents(invocation, directories).map((name) => {
    const added = own.find((each) => each.name === name);
    return { name, profile: added?.profile ?? name, arguments: added?.arguments ?? [] };
  });
  const names = new Set(agents.map(({ name }) => name));
  return [...agents, ...own.filter(({ name }) => !names.has(name))];
}

function listAgents(invocation: Invocation, directories: Directories): string[] {
  const search = makeSearch(invocation, directories);
  return AGENTS.filter((name) => {
    // One that is there stays: this may be called where PATH lacks what it has elsewhere.
    if (SHIMMED.includes(name) || existsSync(join(shimDirectory(directories), name))) return true;
    return !AMBIGUOUS.includes(name) && isInstalled(name, search);
  });
}

function line(word: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${word}: ${names.map(escapeUntrusted).join(" ")}`] : [];
}
