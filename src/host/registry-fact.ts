import type { Registry } from "../policy.ts";
import type { Environment } from "./directories.ts";
import type { Search } from "./search.ts";

/** What a sandbox needs so that a package manager works in it as it does outside. */
export type RegistryFact = {
  registry: Registry;
  /** Each rule once, in the normal form of src/proxy/host-rule.ts. */
  hosts: RegistryHost[];
  /** Files without credentials to be shown read-only at their own path; some may be visible anyway. */
  files: string[];
  /** Settings for the tools inside; never with a user, a password or a token. */
  environment: { name: string; value: string }[];
  /** What the tools inside do not get. */
  withheld: Withheld[];
  /** The files that decided, by the names that links give them too: no agent may write one. */
  sources: string[];
};

/** `origin` is `file:line`, the name of a variable, or the file of the tool that has it built in. */
export type RegistryHost = { rule: string; origin: string };

/**
 * `unusable`: what is not reached over HTTP (a folder, a git server over ssh), a file that cannot be
 * shown, a name that no variable can have.
 */
export type Withheld = { kind: "credentials" | "unusable"; origin: string };

export type RegistryQuestion = {
  home: string;
  environment: Environment;
  search: Search;
  /** Real paths that the agent can write, the project's root among them. */
  writable: readonly string[];
  /** The directory of host-wide configuration: `/etc`. */
  etc: string;
};

/** One value as a file or a variable has it, with the place for messages. */
export type Setting = { name: string; value: string; origin: string };

export function emptyFact(registry: Registry): RegistryFact {
  return { registry, hosts: [], files: [], environment: [], withheld: [], sources: [] };
}
