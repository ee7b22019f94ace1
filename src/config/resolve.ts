import { isAbsolute, join, resolve } from "node:path";
import { followToPlace } from "../host/links.ts";
import { contains, expandHome } from "../plan/paths.ts";
import { UserError } from "../errors.ts";
import type { Configuration, Layer, MountRule, Policy, ResolvedMount, Sourced } from "../policy.ts";
import { EMPTY_LAYER } from "../policy.ts";
import { mergeLayers } from "./merge.ts";
import { findNearest } from "./nearest.ts";

/** What the caller asks for: a profile by name or by the command, and settings of its own. */
export type PolicyRequest = {
  /** `--profile`; without it the profile named like the command, else the defaults alone. */
  profile: string | undefined;
  command: string | undefined;
  /** From the command line; the strongest layer. */
  layer: Layer;
  /** From the project's own file, as far as it counts; see project-layer.ts. */
  projectFile?: Layer | undefined;
  home: string;
  /** Real path of the project's root. */
  project: string;
  environment: Readonly<Record<string, string | undefined>>;
};

/** Where a value comes from that nobody has set. */
export const DEFAULT_ORIGIN = "pale's default";

/** A layer, and the profiles that led to it: `["claude", "npm"]`; none for settings of no profile. */
export type LayerPart = { layer: Layer; trail: readonly string[] };

/** All layers as one, each value still with its origin. `parts` are what it was merged from. */
export type ResolvedLayer = {
  /** The origin is who chose it; absent where the defaults are all there is. */
  profile: Sourced<string> | undefined;
  layer: Layer;
  parts: LayerPart[];
};

/**
 * Flatten all layers into one policy. Order, weakest first: defaults, the profiles that
 * the profile uses (theirs before them), the profile, the project's own file, the user's
 * settings for the project, the command line, each after what it uses. A profile reached
 * twice counts once, where it is reached first.
 *
 * @throws UserError when a named profile does not exist
 */
export function resolvePolicy(configuration: Configuration, request: PolicyRequest): Policy {
  const { profile, layer: merged, parts } = resolveLayer(configuration, request);
  return {
    profile: profile?.value ?? "default",
    command: merged.command?.value ?? [],
    mounts: merged.mounts.map((mount) => resolveMount(mount, request)),
    pathAdd: merged.pathAdd.map(({ value }) => expandHome(value, request.home)),
    arguments: collectArguments(parts),
    variables: merged.variables,
    network: merged.network?.value ?? "filtered",
    allow: merged.allow,
    deny: merged.deny,
    registries: [...new Set(merged.registries.map(({ value }) => value))],
    endpoints: merged.endpoints.map(({ value }) => value),
    proxies: merged.proxies,
    logins: [...new Set(merged.logins.map(({ value }) => value))],
    sshKeys: merged.sshKeys,
    forwards: merged.forwards.map(({ value }) => value),
    publish: merged.publish.map(({ value }) => value),
    sockets: merged.sockets,
    protect: merged.protect,
    unprotect: merged.unprotect,
    limits: [...new Map(merged.limits.map((limit) => [limit.value.name, limit])).values()],
    ...resolveSwitches(merged),
    ...resolveWords(merged),
    warnings: parts.flatMap(listWarnings),
  };
}

/** A profile's are for the command of its name: `codex` has no use for those of `claude`. */
function collectArguments(parts: readonly LayerPart[]): Record<string, string[]> {
  const named = parts.flatMap(({ layer, trail }) => {
    const name = trail.at(-1);
    if (name === undefined || layer.arguments.length === 0) return [];
    return [[name, layer.arguments.map(({ value }) => value)] as const];
  });
  return Object.fromEntries(named);
}

function resolveSwitches({ seccomp, gitIdentity, terminalFilter }: Layer) {
  return {
    seccomp: seccomp?.value ?? true,
    terminalFilter: terminalFilter?.value ?? false,
    gitIdentity: gitIdentity?.value ?? false,
  };
}

function resolveWords({ mode, sshConfirm, notify, clipboard }: Layer) {
  return {
    mode: mode?.value ?? "allowlist",
    sshConfirm: sshConfirm?.value ?? "log",
    notify: notify ?? ({ value: "none", origin: DEFAULT_ORIGIN } as const),
    clipboard: clipboard ?? ({ value: "none", origin: DEFAULT_ORIGIN } as const),
  };
}

/**
 * The same, with every value as it was written and where it came from.
 *
 * @throws UserError when a named profile does not exist
 */
export function resolveLayer(configuration: Configuration, request: PolicyRequest): ResolvedLayer {
  const profile = chooseProfile(configuration, request);
  const seen = new Set<string>();
  const chosen = profile === undefined ? EMPTY_LAYER : { ...EMPTY_LAYER, uses: [profile] };
  const projects = findProjectLayers(configuration, request);
  const file = request.projectFile ?? EMPTY_LAYER;
  const layers = [configuration.defaults, chosen, file, ...projects, request.layer];
  const parts = layers.flatMap((layer) =>
    expandUses(configuration, { layer, trail: [] }, seen).filter((part) => part.layer !== chosen),
  );
  const layer = parts.map((part) => part.layer).reduce(mergeLayers, EMPTY_LAYER);
  return { profile, layer, parts };
}

function findProjectLayers({ projects }: Configuration, { project, home }: PolicyRequest): Layer[] {
  return (
    Object.entries(projects)
      .map(([path, layer]) => ({ ...followToPlace(expandHome(path, home)), layer }))
      // A link in the project may be an agent's: it must not bring another project's settings in.
      .filter(({ links }) => !links.some((link) => contains(project, link.path)))
      .filter(({ real }) => contains(real, project))
      .sort((a, b) => a.real.length - b.real.length)
      .map(({ layer }) => layer)
  );
}

/** Not merged: the warning of one profile does not take that of another back. */
function listWarnings({ layer: { warning } }: LayerPart): Sourced<string>[] {
  return warning?.value ? [warning] : [];
}

function chooseProfile({ profiles }: Configuration, { profile, command }: PolicyRequest) {
  if (profile !== undefined) return { value: profile, origin: "--profile" };
  // What comes with a warning is for who asks for it: `pale run docker` does not.
  const isNamed =
    command !== undefined && Object.hasOwn(profiles, command) && !profiles[command]?.warning?.value;
  return isNamed ? { value: command, origin: "the command's name" } : undefined;
}

function expandUses(configuration: Configuration, part: LayerPart, seen: Set<string>): LayerPart[] {
  const used = part.layer.uses.flatMap(({ value, origin }) => {
    if (seen.has(value)) return [];
    seen.add(value);
    const layer = findProfile(configuration, value, origin);
    return expandUses(configuration, { layer, trail: [...part.trail, value] }, seen);
  });
  return [...used, part];
}

function findProfile({ profiles }: Configuration, name: string, origin: string): Layer {
  const layer = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (layer) return layer;
  throw unknownProfile(name, Object.keys(profiles), origin);
}

/** @param names of the profiles that there are */
export function unknownProfile(name: string, names: readonly string[], origin: string): UserError {
  const nearest = findNearest(name, names);
  return new UserError(`unknown profile \`${name}\``, {
    origin,
    hint: nearest ? `did you mean \`${nearest}\`?` : `known profiles: ${names.join(", ")}`,
  });
}

function resolveMount(rule: MountRule, { home, environment }: PolicyRequest): ResolvedMount {
  const { variable = "" } = rule;
  const moved = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  const isMoved = moved !== undefined && isAbsolute(moved);
  const host = isMoved ? resolve(moved) : expandHome(rule.host, home);
  const seeds = isMoved ? [] : (rule.seeds ?? []);
  return {
    host,
    sandbox: rule.sandbox === undefined ? undefined : expandHome(rule.sandbox, home),
    access: rule.access,
    missing: rule.missing,
    variable: rule.variable,
    seeds: seeds.map(({ from, to }) => ({ from: expandHome(from, home), to: join(host, to) })),
    protect: rule.protect ?? [],
    origin: rule.origin,
  };
}
