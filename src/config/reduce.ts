import type { Configuration, Layer } from "../policy.ts";

/**
 * What is left of a configuration for someone who asks for one profile only: that one, the
 * defaults, the settings for projects, and every profile that one of those uses.
 *
 * @param wanted a profile; nothing more is kept where there is none of that name
 */
export function reduceConfiguration(configuration: Configuration, wanted: string): Configuration {
  const { defaults, profiles, projects } = configuration;
  const kept = new Set<string>();
  const keep = (name: string) => {
    const layer = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
    if (layer === undefined || kept.has(name)) return;
    kept.add(name);
    for (const { value } of layer.uses) keep(value);
  };
  const others = [defaults, ...Object.values(projects)].flatMap(({ uses }) => uses);
  for (const name of [wanted, ...others.map(({ value }) => value)]) keep(name);
  const left = Object.entries(profiles).filter(([name]) => kept.has(name));
  return { defaults, projects, profiles: Object.fromEntries(left) };
}

/** Whether what a layer uses is there; a reduced configuration may lack it. */
export function hasUsed({ profiles }: Configuration, layers: readonly Layer[]): boolean {
  const used = layers.flatMap(({ uses }) => uses);
  return used.every(({ value }) => Object.hasOwn(profiles, value));
}
