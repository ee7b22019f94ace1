import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SystemEntry } from "../plan/facts.ts";
import type { Followed } from "./links.ts";
import { followLinks } from "./links.ts";

/**
 * Where operating systems keep programs and libraries. One list for FHS, merged
 * /usr, NixOS, Nix on FHS and Guix: what exists is taken, nothing is guessed from
 * the name of a distribution. Never /nix or /nix/var: a read-only bind does not
 * stop anyone from connecting to the daemon's socket in it.
 */
const SYSTEM_PATHS = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
  "/gnu/store",
  "/run/current-system",
  "/var/lib/ca-certificates",
  "/sys/devices/system/cpu",
];

/** Those of them that are there. */
export function readSystem(): SystemEntry[] {
  return SYSTEM_PATHS.flatMap((path) => readEntry(path));
}

/** What a directory holds, by the names that `wanted` accepts. */
export function readEntries(directory: string, wanted: (name: string) => boolean): SystemEntry[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter(wanted)
    .sort()
    .flatMap((name) => readEntry(join(directory, name)));
}

/** One path as it is, not where a link leads; nothing for sockets, pipes and links to nowhere. */
export function readEntry(path: string): SystemEntry[] {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (!status) return [];
  if (status.isDirectory()) return [{ kind: "directory", path }];
  if (status.isFile()) return [{ kind: "file", path }];
  if (!status.isSymbolicLink()) return [];
  const followed = followLinks(path);
  return followed ? readLink(path, followed) : [];
}

function readLink(path: string, { links, real }: Followed): SystemEntry[] {
  const target = links.find((link) => link.path === path)?.target ?? real;
  const realKind = statSync(real).isDirectory() ? "directory" : "file";
  return [{ kind: "link", path, target, real, realKind }];
}
