import { isAbsolute, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Configuration, Layer, MountRule, Policy, ResolvedMount } from "../policy.ts";
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
  home: string;
  /** Real path of the project's root. */
  project: string;
  environment: Readonly<Record<string, string | undefined>>;
};

/**
 * Flatten all layers into one policy. Order, weakest first: defaults, the profiles that
 * the profile uses (theirs before them), the profile, the project's settings, the command
 * line, each after what it uses. A profile reached twice counts once, where it is reached first.
 *
 * @throws UserError when a named profile does not exist
 */
export function resolvePolicy(configuration: Configuration, request: PolicyRequest): Policy {
  const name = chooseProfile(configuration, request);
  const seen = new Set<string>();
  const profile = name === undefined ? EMPTY_LAYER : { ...EMPTY_LAYER, uses: [name] };
  const projects = findProjectLayers(configuration, request);
  const layers = [configuration.defaults, profile, ...projects, request.layer];
  const merged = layers
    .flatMap((layer) => expandUses(configuration, layer, seen))
    .reduce(mergeLayers, EMPTY_LAYER);
  return {
    profile: name?.value ?? "default",
    command: merged.command?.value ?? [],
    mounts: merged.mounts.map((mount) => resolveMount(mount, request)),
    pathAdd: merged.pathAdd.map(({ value }) => expandHome(value, request.home)),
    variables: merged.variables,
    network: merged.network?.value ?? "filtered",
    allow: merged.allow,
    deny: merged.deny,
    registries: [...new Set(merged.registries.map(({ value }) => value))],
    endpoints: merged.endpoints.map(({ value }) => value),
    forwards: merged.forwards.map(({ value }) => value),
    publish: merged.publish.map(({ value }) => value),
    seccomp: merged.seccomp?.value ?? true,
  };
}

function findProjectLayers({ projects }: Configuration, { project, home }: PolicyRequest): Layer[] {
  return Object.entries(projects)
    .filter(([path]) => expandHome(path, home) === project)
    .map(([, layer]) => layer);
}

function chooseProfile({ profiles }: Configuration, { profile, command }: PolicyRequest) {
  if (profile !== undefined) return { value: profile, origin: "--profile" };
  const isNamed = command !== undefined && Object.hasOwn(profiles, command);
  return isNamed ? { value: command, origin: "the command's name" } : undefined;
}

function expandUses(configuration: Configuration, layer: Layer, seen: Set<string>): Layer[] {
  const used = layer.uses.flatMap(({ value, origin }) => {
    if (seen.has(value)) return [];
    seen.add(value);
    return expandUses(configuration, findProfile(configuration, value, origin), seen);
  });
  return [...used, layer];
}

function findProfile({ profiles }: Configuration, name: string, origin: string): Layer {
  const layer = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (layer) return layer;
  throw unknownProfile(name, Object.keys(profiles), origin);
}

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
    origin: rule.origin,
  };
}

function expandHome(path: string, home: string): string {
  return path.startsWith("~") ? resolve(join(home, path.slice(1))) : resolve(path);
}
