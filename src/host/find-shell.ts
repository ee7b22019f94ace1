import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./directories.ts";

/** A startup file may wait for something. */
export const SHELL_MILLISECONDS = 15_000;

/** For a shell that is asked about its startup files: the PATH of this process would hide what they do. */
export const BARE_PATH = "/usr/local/bin:/usr/bin:/bin";

/** Where the user's shells are, and those of the system; on NixOS /bin has `sh` alone. */
function listDirectories({ HOME = "/", USER = "" }: Environment): string[] {
  return [
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/run/current-system/sw/bin",
    join("/etc/profiles/per-user", USER, "bin"),
    join(HOME, ".nix-profile/bin"),
    join(HOME, ".local/state/nix/profile/bin"),
    "/nix/var/nix/profiles/default/bin",
  ];
}

/**
 * The path of a shell that the user's terminals may start, by its name. Not by PATH: a repository's
 * own directory may stand first there.
 */
export function findShell(name: string, environment: Environment): string | undefined {
  const paths = listDirectories(environment).map((directory) => join(directory, name));
  return paths.find((path) => existsSync(path));
}
