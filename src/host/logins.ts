import { readdirSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../errors.ts";

import { LOGIN_PLACES } from "../plan/login-places.ts";
import type { LoginFact } from "../plan/facts.ts";
import { nameStore } from "../plan/store-name.ts";
import type { Login } from "../policy.ts";
import type { Directories, Environment } from "./directories.ts";
import { followToPlace } from "./links.ts";

type Asked = { directories: Directories; environment: Environment };

/** Where each of the log-ins is. One that is not there yet is where it will be. */
export function readLogins(logins: readonly Login[], asked: Asked): LoginFact[] {
  return logins.map((login) => readLogin(login, asked));
}

function readLogin(login: Login, { directories, environment }: Asked): LoginFact {
  const place = LOGIN_PLACES[login];
  const named = environment[place.variable] || join(directories.home, place.directory);
  const directory = followToPlace(named).real;
  const state = followToPlace(directories.state).real;
  const home = join(state, "logins", nameStore(login, directory));
  return {
    login,
    file: join(directory, place.file),
    directory,
    home,
    shared: list(directory, (entry) => entry.isDirectory()),
    own: list(home, () => true),
  };
}

type Entry = { name: string; isDirectory: () => boolean };

function list(directory: string, isWanted: (entry: Entry) => boolean): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries
      .filter(isWanted)
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
