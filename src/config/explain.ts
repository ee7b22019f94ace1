import { expandHome } from "../plan/paths.ts";
import { quoteForShell } from "../terminal.ts";
import type {
  Configuration,
  Forward,
  Layer,
  Limit,
  MountRule,
  ProxyRule,
  Publication,
  Sourced,
  VariableRule,
} from "../policy.ts";
import { DEFAULT_ORIGIN, resolveLayer } from "./resolve.ts";
import type { LayerPart, PolicyRequest } from "./resolve.ts";

/**
 * One value in force, or one that a later one replaces. `text` is the value as a person
 * would write it, `value` the same as data; `via` are the profiles that led to it.
 */
export type Explained = {
  key: string;
  text: string;
  value: unknown;
  /** `file:line`, the name of a flag, or `pale's default`. */
  origin: string;
  via: readonly string[];
  replaced: boolean;
};

export type ExplainedPolicy = {
  profile: string;
  /** Who chose the profile. */
  chosenBy: string;
  groups: { name: GroupName; values: Explained[] }[];
};

const GROUP_NAMES = [
  "profiles",
  "command",
  "network",
  "hosts",
  "credentials",
  "mounts",
  "sockets",
  "environment",
  "project",
  "limits",
  "system calls",
  "terminal",
] as const;

export type GroupName = (typeof GROUP_NAMES)[number];

/**
 * Everything that the layers say, each value with the place that says so: what
 * `resolvePolicy` makes of the same request, before origins are left behind.
 *
 * @throws UserError when a named profile does not exist
 */
export function explainPolicy(
  configuration: Configuration,
  request: PolicyRequest,
): ExplainedPolicy {
  const { profile, layer, parts } = resolveLayer(configuration, request);
  const trails = collectTrails(parts);
  const explain = (item: Item, source?: object): Explained => ({
    ...item,
    via: (source && trails.get(source)) ?? [],
    replaced: item.replaced ?? false,
  });
  const warnings = parts.flatMap((part) => (part.layer.warning ? [part.layer.warning] : []));
  const groups = listGroups(layer, { home: request.home, warnings });
  return {
    profile: profile?.value ?? "default",
    chosenBy: profile?.origin ?? "no profile has the command's name",
    groups: GROUP_NAMES.map((name) => ({
      name,
      values: groups[name].map(({ source, ...item }) => explain(item, source)),
    })).filter(({ values }) => values.length > 0),
  };
}

type Item = { key: string; text: string; value: unknown; origin: string; replaced?: boolean };

/** `source` is the very object that stands in a layer; absent for what pale adds itself. */
type SourcedItem = Item & { source?: object };

/** Merging keeps the objects of a layer, so each leads back to the layer that it came with. */
function collectTrails(parts: readonly LayerPart[]): Map<object, readonly string[]> {
  const trails = new Map<object, readonly string[]>();
  for (const { layer, trail } of parts) {
    const values = Object.values(layer).flat() as object[];
    for (const value of values) trails.set(value, trail);
  }
  return trails;
}

type Context = { home: string; warnings: readonly Sourced<string>[] };

function listGroups(layer: Layer, { home, warnings }: Context): Record<GroupName, SourcedItem[]> {
  return {
    profiles: [...list("uses", layer.uses), ...list("warning", warnings)],
    command: [
      ...scalar("command", layer.command, undefined),
      ...list("arguments", layer.arguments, quoteForShell),
    ],
    network: [
      ...scalar("network", layer.network, "filtered"),
      ...list("forwards", layer.forwards, formatForward),
      ...list("publish", layer.publish, formatPublication),
      ...scalar("notify", layer.notify, undefined),
    ],
    hosts: [
      ...list("allow", layer.allow),
      ...list("deny", layer.deny),
      ...list("registries", layer.registries),
      ...list("endpoints", layer.endpoints),
    ],
    credentials: listCredentials(layer),
    mounts: [...scalar("mode", layer.mode, "allowlist"), ...listMounts(layer.mounts, home)],
    sockets: [
      ...list("sockets", layer.sockets),
      ...scalar("clipboard", layer.clipboard, undefined),
    ],
    environment: [
      ...listVariables(layer.variables),
      ...list("path_add", layer.pathAdd),
      ...scalar("git_identity", layer.gitIdentity, false),
    ],
    project: [...list("protect", layer.protect), ...list("unprotect", layer.unprotect)],
    limits: markReplaced(list("limits", layer.limits, formatLimit), ({ text }) =>
      text.slice(0, text.indexOf(" ")),
    ),
    "system calls": scalar("seccomp", layer.seccomp, true),
    terminal: scalar("terminal_filter", layer.terminalFilter, false),
  };
}

function listCredentials(layer: Layer): SourcedItem[] {
  return [
    ...list("proxies", layer.proxies, formatProxy),
    ...list("logins", layer.logins),
    ...list("ssh_keys", layer.sshKeys),
    ...scalar("ssh_confirm", layer.sshConfirm, undefined),
  ];
}

function list<T>(
  key: string,
  values: readonly Sourced<T>[],
  format: (value: T) => string = String,
): SourcedItem[] {
  return values.map((source) => {
    const { value, origin } = source;
    return { key, text: format(value), value, origin, source };
  });
}

function scalar<T>(
  key: string,
  sourced: Sourced<T> | undefined,
  fallback: T | undefined,
): SourcedItem[] {
  const format = (value: T) => (Array.isArray(value) ? value.join(" ") : String(value));
  if (sourced) return list(key, [sourced], format);
  if (fallback === undefined) return [];
  return [{ key, text: format(fallback), value: fallback, origin: DEFAULT_ORIGIN }];
}

function listMounts(mounts: readonly MountRule[], home: string): SourcedItem[] {
  const items = mounts.map((source): SourcedItem => {
    const { origin, ...value } = source;
    return { key: source.access, text: formatMount(source), value, origin, source };
  });
  const places = new Map(items.map((item, index) => [item, placeOf(mounts[index], home)]));
  return markReplaced(items, (item) => places.get(item));
}

/** As `resolvePolicy` has it, but for what a variable moves. */
function placeOf(mount: MountRule | undefined, home: string): string | undefined {
  const path = mount?.sandbox ?? mount?.host;
  return path === undefined ? undefined : expandHome(path, home);
}

function listVariables(variables: readonly VariableRule[]): SourcedItem[] {
  const items = variables.map((source): SourcedItem => {
    const { origin, ...value } = source;
    return { key: source.kind, text: formatVariable(source), value, origin, source };
  });
  const names = new Map(items.map((item, index) => [item, variables[index]]));
  // A variable that is passed is there only when the caller has it: it replaces nothing for sure.
  return markReplaced(items, (item, isLater) => {
    const rule = names.get(item);
    return isLater && rule?.kind === "pass" ? undefined : rule?.name;
  });
}

/** Of several with one name the last counts. */
function markReplaced(
  items: readonly SourcedItem[],
  nameOf: (item: SourcedItem, isLater: boolean) => string | undefined,
): SourcedItem[] {
  return items.map((item, index) => {
    const name = nameOf(item, false);
    const later = items.slice(index + 1);
    const replaced = name !== undefined && later.some((each) => nameOf(each, true) === name);
    return replaced ? { ...item, replaced } : item;
  });
}

function formatMount({ host, sandbox, missing, variable, protect }: MountRule): string {
  const details = [
    ...(missing === "skip" ? ["optional"] : []),
    ...(missing === "create-directory" ? ["made when missing"] : []),
    ...(variable === undefined ? [] : [`moved by $${variable}`]),
    ...(protect === undefined ? [] : [`read-only in it: ${protect.join(", ")}`]),
  ];
  const place = sandbox === undefined ? host : `${host} on ${sandbox}`;
  return details.length === 0 ? place : `${place} (${details.join("; ")})`;
}

function formatVariable(rule: VariableRule): string {
  switch (rule.kind) {
    case "pass":
      return rule.name;
    case "set":
      return `${rule.name}=${rule.value}`;
    case "file":
      return `${rule.name} from ${rule.path}`;
    case "command":
      return `${rule.name} from \`${rule.command.join(" ")}\``;
  }
}

function formatProxy({ host, inject, methods, paths, push, ...budget }: ProxyRule): string {
  return [
    host,
    ...(inject ? [`${inject.kind} from ${inject.secret}`] : []),
    ...methods,
    ...paths,
    ...(push ? [`push to ${push.join(", ") || "nothing"}`] : []),
    ...Object.entries(budget).map(([name, value]) => `${name} ${value}`),
  ].join(" ");
}

function formatForward({ hostPort, sandboxPort }: Forward): string {
  return `the host's ${hostPort} as ${sandboxPort}`;
}

function formatPublication(publication: Publication): string {
  if (publication.kind === "auto") return "auto";
  return `${publication.sandboxPort} as the host's ${publication.hostPort}`;
}

function formatLimit({ name, value }: Limit): string {
  return `${name} ${value}`;
}
