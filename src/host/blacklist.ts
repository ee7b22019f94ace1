import { lstatSync, mkdirSync } from "node:fs";
import type { BlacklistFacts, HomeFacts } from "../plan/facts.ts";
import { matchesName } from "../plan/name-pattern.ts";
import { NOT_SHOWN, SHOWN_OF_RUN } from "../plan/sensitive.ts";
import type { Environment } from "./directories.ts";
import { followToPlace } from "./links.ts";
import { readSensitive } from "./sensitive.ts";
import { readStatus } from "./status.ts";
import { readEntries, readEntry } from "./system.ts";

/** What blacklist mode has to know of the host. */
export function readBlacklist(home: HomeFacts, environment: Environment): BlacklistFacts {
  // Only what is there can be hidden, and another launch may make them while this sandbox runs.
  for (const directory of home.ownDirectories) makeDirectory(directory);
  return {
    root: readEntries("/", isShown),
    run: SHOWN_OF_RUN.flatMap(readEntry),
    hidden: readSensitive({ homes: home.all, own: home.ownDirectories, environment }),
    files: REPLACED.map((path) => {
      const { real } = followToPlace(path);
      return { path, real, isThere: readStatus(real) !== undefined };
    }),
    hasVarTmp: lstatSync("/var/tmp", { throwIfNoEntry: false })?.isDirectory() ?? false,
  };
}

/** Where it cannot be made now, none is made later. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch {}
}

/** Those that say where names are looked up. */
const REPLACED = ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/ssh/ssh_config"];

function isShown(name: string): boolean {
  return !NOT_SHOWN.some((pattern) => matchesName(pattern, name));
}
