import { existsSync } from "node:fs";
import { shortenHome } from "../config/show-policy.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { shimDirectory } from "../shim/directory.ts";
import type { PathChange } from "../shim/path-changers.ts";
import { SHELLS } from "../shim/shell-environment.ts";
import type { Shell } from "../shim/shell-environment.ts";
import { findShells, listStartupFiles } from "../shim/startup-files.ts";
import type { ShellPlaces } from "../shim/startup-files.ts";
import { planSetup } from "../shim/startup-plan.ts";
import type { StartupPlan } from "../shim/startup-plan.ts";
import { readStartup } from "../shim/startup-write.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeChanges } from "./startup-changes.ts";
import type { ChangeOptions } from "./startup-changes.ts";
import { readPlaces } from "./startup-places.ts";

export type SetupOptions = ChangeOptions & { shell?: string[] };

/**
 * `pale setup`: have the shells that are in use put the shims first on PATH, by a block at the
 * end of their startup files. What may not be written is left alone, and what to add is printed.
 */
export async function setUp(invocation: Invocation, options: SetupOptions): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const places = readPlaces(invocation);
  const shells = options.shell?.map(parseShell) ?? findShells(places);
  const shims = shimDirectory(directories);
  const plans = planShells({ shells, places, shims }, invocation);
  const work = { home: places.home, command: "setup", plans } as const;
  const isDone = await makeChanges(invocation, work, options);
  invocation.print(describeLater(plans, places));
  if (!isDone) return;
  if (!existsSync(shims)) invocation.print("there are no shims yet: pale shims\n");
  const condition = plans.some(({ kind }) => kind === "by-hand")
    ? "once you have done what is said above, "
    : "";
  invocation.print(`${condition}new shells have the shims first on PATH\n`);
}

function parseShell(name: string): Shell {
  const shell = SHELLS.find((each) => each === name);
  if (shell) return shell;
  throw new UserError(`\`${name}\` is not a shell that pale knows`, {
    origin: "--shell",
    hint: `one of: ${SHELLS.join(", ")}`,
  });
}

/** Two shells may read one file, and two files may be links to one. */
function planShells(
  { shells, places, shims }: { shells: readonly Shell[]; places: ShellPlaces; shims: string },
  { executable, ids }: Invocation,
): StartupPlan[] {
  const installed = { pale: executable, shims };
  const files = shells.flatMap((shell) => listStartupFiles(shell, places));
  const plans = files
    .filter(({ isNeeded }) => isNeeded)
    .map((file) => planSetup(file, readStartup(file.path, ids.uid), installed));
  const byPlace = new Map<string, StartupPlan>();
  for (const plan of plans) byPlace.set(plan.startup.real, byPlace.get(plan.startup.real) ?? plan);
  return [...byPlace.values()];
}

function describeLater(plans: readonly StartupPlan[], { home }: ShellPlaces): string {
  const changed = plans.flatMap(({ startup, changes }) => nameAll(startup.path, changes));
  const lines = changed.map((line) => `  ${escapeUntrusted(shortenHome(line, home))}\n`);
  if (lines.length === 0) return "";
  return `these change PATH later, and what they put in front of the shims runs without a sandbox:\n${lines.join("")}`;
}

function nameAll(path: string, changes: readonly PathChange[]): string[] {
  return changes.map(({ line, what, when }) => `${path}:${line}: ${what}, ${WHEN[when]}`);
}

const WHEN = {
  prompt: "at every prompt: look with `type -a` in the directories that it is for",
  after: "after the shims",
} as const;
