import { expandHome } from "../plan/paths.ts";
import type { Configuration, Layer, Sourced } from "../policy.ts";
import { EMPTY_LAYER, isGated } from "../policy.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { UserError } from "../errors.ts";
import { findOverruling } from "./overruled.ts";
import { resolveLayer } from "./resolve.ts";

/** What a launch in one of the ways that the configuration offers would run with. */
export type Combination = { name: string; layer: Layer };

/** The defaults alone, and every profile over them. */
export function listCombinations(configuration: Configuration, home: string): Combination[] {
  const names = [undefined, ...Object.keys(configuration.profiles)];
  const about = { command: undefined, layer: EMPTY_LAYER, home, environment: {} };
  const projects = Object.entries(configuration.projects);
  return [["", EMPTY_LAYER] as const, ...projects].flatMap(([project]) =>
    names.map((profile) => {
      const { layer } = resolveLayer(configuration, {
        ...about,
        profile,
        project: expandHome(project, home),
      });
      return { name: profile ?? "default", layer };
    }),
  );
}

/** Allow rules of which a deny rule leaves nothing, in whatever combination they are. */
export function findDeadRules(combinations: readonly Combination[]): UserError[] {
  const dead = new Map<Sourced<string>, Sourced<string>>();
  const alive = new Set<Sourced<string>>();
  for (const { layer } of combinations) {
    for (const rule of layer.allow) {
      const overruling = findBeating(rule, layer.deny);
      if (overruling) dead.set(rule, overruling);
      else alive.add(rule);
    }
  }
  const found = [...dead].filter(([rule]) => !alive.has(rule));
  return found.map(([rule, deny]) => {
    return new UserError(`nothing can match \`${rule.value}\` in \`allow\``, {
      origin: rule.origin,
      hint: `\`deny\` has \`${deny.value}\` at ${deny.origin}, and deny beats allow: take one out`,
    });
  });
}

function findBeating({ value }: Sourced<string>, denied: readonly Sourced<string>[]) {
  const rule = parseHostRule(value);
  return "problem" in rule ? undefined : findOverruling(rule, denied);
}

/** Keys that cannot work with the network of a combination: its launch would be refused. */
export function findUnusedKeys(combinations: readonly Combination[]): UserError[] {
  const found = combinations.flatMap(({ name, layer }) => {
    const { network, forwards, publish } = layer;
    if (network === undefined || isGated(network.value)) return [];
    return [
      ...forwards.map(({ origin }) => ({ key: "forwards", origin, name, network })),
      ...publish.map(({ origin }) => ({ key: "publish", origin, name, network })),
    ];
  });
  const each = new Map(found.map((unused) => [`${unused.key} ${unused.origin}`, unused]));
  return [...each.values()].map(({ key, origin, name, network }) => {
    return new UserError(`\`${key}\` cannot work with \`network = "${network.value}"\``, {
      origin,
      hint: `the profile \`${name}\` has both: the network is set at ${network.origin}`,
    });
  });
}
