import { findDirectories } from "../host/directories.ts";
import { readZshDirectory } from "../host/zsh-directory.ts";
import type { ShellPlaces } from "../shim/startup-files.ts";
import type { Invocation } from "./invocation.ts";

/** Where a new shell of this user looks: zsh says itself where its files are. */
export function readPlaces({ environment }: Invocation): ShellPlaces {
  const { home } = findDirectories(environment);
  return { home, environment: { ...environment, ZDOTDIR: readZshDirectory(environment) } };
}

/** The same, and where it would look without the variables that may be set since, or be no more. */
export function readAllPlaces(invocation: Invocation): ShellPlaces[] {
  const places = readPlaces(invocation);
  const usual = { ...places.environment, ZDOTDIR: undefined, XDG_CONFIG_HOME: undefined };
  return [places, { ...places, environment: usual }];
}
