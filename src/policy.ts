/**
 * What an agent may see and do: records only, no behaviour. A `Layer` is one
 * source of settings as it was written; a `Policy` is what all layers amount to.
 */

export type Access = "ro" | "rw";

/** A value together with the place that set it: `file:line` or the name of a flag. */
export type Sourced<T> = { value: T; origin: string };

/** What to do when the host side of a mount is not there. */
export type WhenMissing = "fail" | "skip" | "create-directory";

export type MountRule = {
  /** Host path: absolute, or `~` and below. */
  host: string;
  /** Path inside; the same as `host` when absent. */
  sandbox?: string;
  access: Access;
  missing: WhenMissing;
  /** Environment variable that moves the host path; set inside to where the mount is. */
  variable?: string;
  /** Files to be copied into the host directory where it does not have them yet. */
  seeds?: Seed[];
  origin: string;
};

/** `from` is a host path; `to` is relative to the host side of the mount. */
export type Seed = { from: string; to: string };

export type NetworkMode = "none" | "host";

/** `"pass"` hands the caller's value through, when there is one; names may end in `*`. */
export type VariableRule =
  | { kind: "pass"; name: string; origin: string }
  | { kind: "set"; name: string; value: string; origin: string };

/** Lists append and scalars replace when layers are merged. */
export type Layer = {
  uses: Sourced<string>[];
  mounts: MountRule[];
  pathAdd: Sourced<string>[];
  variables: VariableRule[];
  command?: Sourced<string[]>;
  network?: Sourced<NetworkMode>;
  seccomp?: Sourced<boolean>;
};

/** All configuration read from files: `defaults` lies under every profile. */
export type Configuration = { defaults: Layer; profiles: Record<string, Layer> };

export type ResolvedMount = {
  /** Absolute host path, not yet resolved through links. */
  host: string;
  /** Absolute path inside, or `undefined` for "where it is on the host". */
  sandbox: string | undefined;
  access: Access;
  missing: WhenMissing;
  /** Variable that tells programs inside where the mount is. */
  variable: string | undefined;
  /** Absolute on both sides. */
  seeds: Seed[];
  origin: string;
};

export type Policy = {
  /** Name of the profile in force, as the marker variable shows it inside. */
  profile: string;
  command: string[];
  mounts: ResolvedMount[];
  pathAdd: string[];
  variables: VariableRule[];
  network: NetworkMode;
  seccomp: boolean;
};

export const EMPTY_LAYER: Layer = { uses: [], mounts: [], pathAdd: [], variables: [] };
