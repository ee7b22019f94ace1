import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { shortenHome } from "../config/show-policy.ts";
import { findDirectories } from "../host/directories.ts";
import { shimDirectory } from "../shim/directory.ts";
import { installShims } from "../shim/install.ts";
import { planDirectory } from "../shim/plan-store.ts";
import { SHELLS } from "../shim/shell-environment.ts";
import { listStartupFiles } from "../shim/startup-files.ts";
import { findByHand, planTeardown } from "../shim/startup-plan.ts";
import type { Startup } from "../shim/startup-write.ts";
import { readStartup } from "../shim/startup-write.ts";
import { escapeUntrusted } from "../terminal.ts";
import { listInstalled } from "./doctor-apparmor.ts";
import type { Invocation } from "./invocation.ts";
import { makeChanges } from "./startup-changes.ts";
import type { ChangeOptions } from "./startup-changes.ts";
import { readAllPlaces } from "./startup-places.ts";

export type TeardownOptions = ChangeOptions & { shims?: boolean };

/** `pale teardown`: take the block out of every startup file, and remove the shims when asked. */
export async function tearDown(invocation: Invocation, options: TeardownOptions): Promise<void> {
  const { environment, ids, print } = invocation;
  const directories = findDirectories(environment);
  const { home } = directories;
  const files = readAllPlaces(invocation).flatMap((places) => {
    return SHELLS.flatMap((shell) => listStartupFiles(shell, places));
  });
  const read = files.map(({ path }) => readStartup(path, ids.uid));
  const startups = [...new Map(read.map((startup) => [startup.real, startup])).values()];
  const plans = startups.map(planTeardown);
  const directory = shimDirectory(directories);
  const hasShims = options.shims === true && existsSync(directory);
  if (plans.every(({ kind }) => kind === "unchanged"))
    print("no startup file has a block of pale\n");
  const installed = listInstalled();
  if (installed.length > 0) {
    print(`${installed.join(", ")}: root's, removed by \`pale doctor --remove-apparmor\`\n`);
  }
  const isDone = await makeChanges(invocation, { home, command: "teardown", plans }, options);
  print(startups.map((startup) => describeByHand(startup, home)).join(""));
  if (!hasShims) return;
  if (isDone && options.dryRun !== true) {
    return removeShims(invocation, directory, planDirectory(directories));
  }
  print(`${escapeUntrusted(directory)}: the shims stay\n`);
}

/** Who has written a line does not want it changed, and without pale it fails in every new shell. */
function describeByHand(startup: Startup, home: string): string {
  const shown = escapeUntrusted(shortenHome(startup.path, home));
  const lines = findByHand(startup);
  return lines.map((line) => `${shown}:${line}: yours, take it out by hand\n`).join("");
}

/** Those of pale; a directory with anything else in it stays. */
function removeShims({ print }: Invocation, directory: string, plans: string): void {
  const { removed } = installShims(directory, []);
  rmSync(plans, { recursive: true, force: true });
  print(`removed: ${removed.map(escapeUntrusted).join(" ")}\n`);
  const left = readdirSync(directory);
  if (left.length === 0) return rmdirSync(directory);
  print(`${escapeUntrusted(directory)} stays: there is more in it\n`);
}
