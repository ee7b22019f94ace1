import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { HomeFacts, Identity } from "../plan/facts.ts";
import { CREDENTIAL_FOLDERS } from "./credential-folders.ts";
import type { Directories } from "./directories.ts";
import { followLinks, followToPlace } from "./links.ts";
import { readStatus } from "./status.ts";

/** @throws UserError when HOME does not exist */
export function readHome(directories: Directories, identity: Identity): HomeFacts {
  const followed = followLinks(directories.home);
  if (!followed) {
    throw new UserError(`the home directory \`${directories.home}\` does not exist`, {
      origin: "HOME",
      hint: "set HOME to a directory that exists",
    });
  }
  const all = [
    ...new Set([followed.real, ...realPaths(identity.home === undefined ? [] : [identity.home])]),
  ];
  const { config, data, state, cache } = directories;
  return {
    path: directories.home,
    ...followed,
    all,
    credentialFolders: all.flatMap(findCredentialFolders),
    ownDirectories: [...new Set([config, data, state, cache].flatMap(nameBoth))],
  };
}

/** The folders that exist, by their own name and by where they lead. */
function findCredentialFolders(home: string): string[] {
  const parents = new Map<string, boolean>();
  return CREDENTIAL_FOLDERS.filter((folder) => {
    const [parent = ""] = folder.split("/");
    if (!parents.has(parent)) parents.set(parent, readStatus(join(home, parent)) !== undefined);
    return parents.get(parent);
  })
    .map((folder) => join(home, folder))
    .filter((folder) => readStatus(folder) !== undefined)
    .flatMap(nameBoth);
}

function nameBoth(path: string): string[] {
  return [...new Set([path, followToPlace(path).real])];
}

function realPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => followLinks(path)?.real ?? []);
}
