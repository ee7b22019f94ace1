import { existsSync } from "node:fs";
import { join } from "node:path";
import { AGENTS, AMBIGUOUS, SHIMMED } from "../config/builtin.ts";
import { loadSources, readSources } from "../config/load.ts";
import { unknownProfile } from "../config/resolve.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { isInstalled } from "../host/search.ts";
import { shimDirectory } from "../shim/directory.ts";
import { installShims } from "../shim/install.ts";
import { nameOwnShims, readOwnShims } from "../shim/own-shims.ts";
import type { OwnShim } from "../shim/own-shims.ts";
import { renderPlan } from "../shim/plan.ts";
import type { Compiled, PlanOwner } from "../shim/plan.ts";
import { planDirectory, removeOldPlans, writePlan } from "../shim/plan-store.ts";
import { renderShims } from "../shim/render.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

/**
 * `pale shims`: write a shim and its `-raw` twin for claude, codex and pi, for every other agent
 * that is on PATH, and for what the user added; remove stale ones.
 */
export async function writeShims(invocation: Invocation): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const compiled = await loadCompiled(directories);
  installWanted(invocation, { directories, compiled }, readOwnShims(nameOwnShims(directories)));
}

/**
 * The user's configuration, which the plans of shims are made from.
 *
 * @throws UserErrors with what is wrong in it: no launch would get further
 */
export async function loadCompiled({ config, cache }: Directories): Promise<Compiled> {
  const choice = { kind: "user", directory: config } as const;
  const sources = readSources(choice);
  return { choice, sources, configuration: await loadSources(sources, cache) };
}

export type Basis = { directories: Directories; compiled: Compiled };

/**
 * Write every shim with its plan, and remove what is not wanted any more.
 *
 * @param own those that the user added
 */
export function installWanted(
  invocation: Invocation,
  { directories, compiled }: Basis,
  own: readonly OwnShim[],
): void {
  const directory = shimDirectory(directories);
  const plans = planDirectory(directories);
  const wanted = listWanted(invocation, directories, own);
  const files = wanted.map((shim) => renderPlan(findOwner(shim, compiled), compiled));
  const shims = wanted.flatMap((shim, index) => {
    const file = files[index];
    const plan = file && writePlan(plans, file);
    return renderShims({ ...shim, pale: invocation.executable, plan });
  });
  const { written, unchanged, removed } = installShims(directory, shims);
  removeOldPlans(plans, new Map(wanted.map(({ name }, index) => [name, files[index]?.name ?? ""])));
  const lines = [
    escapeUntrusted(directory),
    ...line("  written", written),
    ...line("  unchanged", unchanged),
    ...line("  removed", removed),
  ];
  invocation.print(`${lines.join("\n")}\n`);
}

function findOwner({ name, profile }: OwnShim, { configuration }: Compiled): PlanOwner {
  const { profiles } = configuration;
  if (profile === undefined || Object.hasOwn(profiles, profile)) return { name, profile };
  const { message, hint } = unknownProfile(profile, Object.keys(profiles), "");
  const remedy = `pale shims remove ${name}`;
  throw new UserError(message, { origin: `the shim \`${name}\``, hint: `${hint} (or: ${remedy})` });
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
