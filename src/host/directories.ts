import { isAbsolute, join } from "node:path";
import { UserError } from "../errors.ts";

/** A process environment as a value, so that nothing below the entry reads the real one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** pale's own directories and the user's home, all absolute. */
export type Directories = {
  home: string;
  config: string;
  data: string;
  state: string;
  cache: string;
};

/** @throws UserError when HOME is missing or relative */
export function findDirectories(environment: Environment): Directories {
  const home = environment["HOME"];
  if (!home || !isAbsolute(home)) {
    throw new UserError("`HOME` is not set to an absolute path", {
      hint: 'export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"',
    });
  }
  const base = (variable: string, fallback: string) => {
    const value = environment[variable];
    return join(value && isAbsolute(value) ? value : join(home, fallback), "pale");
  };
  return {
    home: join(home, "."),
    config: base("XDG_CONFIG_HOME", ".config"),
    data: base("XDG_DATA_HOME", ".local/share"),
    state: base("XDG_STATE_HOME", ".local/state"),
    cache: base("XDG_CACHE_HOME", ".cache"),
  };
}
