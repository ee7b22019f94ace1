import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderAppArmorProfile } from "../doctor/apparmor.ts";
import { PROFILE, renderInstallation, renderRemoval } from "../doctor/apparmor-script.ts";
import type { Parser, Places } from "../doctor/apparmor-script.ts";
import { UserError } from "../errors.ts";
import { nameArchitecture } from "../host/architecture.ts";
import { readKernelSettings } from "../host/kernel.ts";
import { findOpenPart, ROOT_INIT, SYSTEM } from "../host/root-init.ts";
import type { Ground } from "../host/root-init.ts";
import { findRootProgram, findTool } from "../host/tools.ts";
import { assembleInit } from "../init/assemble.ts";
import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import { askToAgree } from "./agree.ts";
import type { Invocation } from "./invocation.ts";

/** The machine as these commands see it; the tests have one of their own. */
export type AppArmorWorld = Ground & {
  restricts: boolean;
  sudo: string | undefined;
  parser: Parser;
};

/** @throws UserError when root's tools could have been replaced by another user */
export function readAppArmorWorld(): AppArmorWorld {
  return {
    ...SYSTEM,
    restricts: readKernelSettings().apparmorRestricts === 1,
    sudo: findRootProgram("sudo"),
    parser: findRootProgram("apparmor_parser"),
  };
}

/**
 * `pale doctor --install-apparmor`: a copy of the init program that root owns, and a profile that
 * lets it, and bubblewrap when started by it, make user namespaces.
 *
 * @throws UserError when nothing is to be done, nobody can be asked, or root's shell failed
 */
export async function installAppArmor(
  invocation: Invocation,
  { yes = false }: { yes?: boolean },
  world: AppArmorWorld = readAppArmorWorld(),
): Promise<void> {
  const { restricts, parser } = world;
  if (!restricts || parser === undefined) throw notRestricted(parser);
  const bwrap = realpathSync(findTool("bwrap").path);
  const places = findPlaces(world);
  refuseOpenPlaces(places, world);
  const text = renderAppArmorProfile({ bwrap, init: places.init });
  const script = renderInstallation(places, text, parser);
  if (!(await isAgreed(invocation, script, yes))) return;
  const image = assembleInit(nameArchitecture(invocation.architecture));
  runAsRoot(world, script, image);
  invocation.print("installed; `pale doctor` tells whether sandboxes can be made now\n");
}

/** `pale doctor --remove-apparmor`: takes both away, where there is either. */
export async function removeAppArmor(
  invocation: Invocation,
  { yes = false }: { yes?: boolean },
  world: AppArmorWorld = readAppArmorWorld(),
): Promise<void> {
  const places = findPlaces(world);
  if (!existsSync(places.init) && !existsSync(places.profile)) {
    return invocation.print("nothing of pale's is installed for AppArmor\n");
  }
  const script = renderRemoval(places, world.parser);
  if (!(await isAgreed(invocation, script, yes))) return;
  runAsRoot(world, script, "");
  invocation.print("removed\n");
}

/** What `removeAppArmor` would take away. */
export function listInstalled(root = "/"): string[] {
  return Object.values(findPlaces({ root })).filter((path) => existsSync(path));
}

function findPlaces({ root }: Pick<AppArmorWorld, "root">): Places {
  return { init: join(root, ROOT_INIT), profile: join(root, PROFILE) };
}

/** Who could put a link there would have root write elsewhere, and later a program of theirs at the profile's path. */
function refuseOpenPlaces({ init, profile }: Places, world: AppArmorWorld): void {
  const [part] = [init, profile].flatMap((path) => findOpenPart(dirname(path), world) ?? []);
  if (part === undefined) return;
  throw new UserError("another user than root could change what would be installed", {
    origin: part,
    hint: `make it a directory of root's: sudo chown root:root ${quoteForShell(part)} && sudo chmod go-w ${quoteForShell(part)}`,
  });
}

async function isAgreed(invocation: Invocation, script: string, yes: boolean): Promise<boolean> {
  const shown = script.trimEnd().split("\n").map(escapeUntrusted);
  const lines = shown.map((line) => `  ${line}`.trimEnd());
  invocation.print(`to be run by root's sh:\n\n${lines.join("\n")}\n\n`);
  return yes || askToAgree(invocation, QUESTION);
}

const QUESTION = {
  command: "doctor",
  question: "run it with sudo?",
  toRead: "what is printed",
} as const;

function runAsRoot({ sudo }: AppArmorWorld, script: string, input: Uint8Array | string): void {
  if (sudo === undefined) {
    throw new UserError("`sudo` is not installed", {
      hint: "install the package sudo: what is printed above is run by it",
    });
  }
  // A password is asked for on the terminal itself.
  const { status, error } = spawnSync(sudo, ["--", "/bin/sh", "-c", script], {
    input,
    stdio: ["pipe", "inherit", "inherit"],
  });
  if (status === 0) return;
  throw new UserError("not all of it was done", {
    origin: error ? error.message : `sudo ended with ${status ?? "a signal"}`,
    hint: "see what is printed above; to try again does no harm",
  });
}

function notRestricted(parser: Parser): UserError {
  return new UserError(
    parser === undefined
      ? "`apparmor_parser` is not installed"
      : "AppArmor does not restrict namespaces on this machine",
    { hint: "there is nothing to install; `pale doctor` tells what else is wrong" },
  );
}
