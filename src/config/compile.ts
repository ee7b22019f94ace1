import { parse, TomlError } from "smol-toml";
import { UserError, UserErrors } from "../errors.ts";
import type { Configuration, Layer } from "../policy.ts";
import { EMPTY_LAYER } from "../policy.ts";
import { layerFrom } from "./layers.ts";
import { mergeLayers } from "./merge.ts";
import { unknownProfile } from "./resolve.ts";
import { validateDocument } from "./validate.ts";
import type { SourceText, Validated } from "./validate.ts";

/**
 * Compile configuration texts, from the weakest to the strongest, into layers.
 * A profile that stands in two texts is merged, the stronger over the weaker.
 *
 * @throws UserErrors with every problem of every text
 */
export function compileConfiguration(sources: readonly SourceText[]): Configuration {
  const read = sources.map((source) => ({ source, result: readDocument(source) }));
  const errors = read.flatMap(({ result }) => (result.kind === "invalid" ? result.errors : []));
  if (errors.length > 0) throw new UserErrors(errors);
  const configuration: Configuration = { defaults: EMPTY_LAYER, profiles: {}, projects: {} };
  for (const { source, result } of read) {
    if (result.kind === "valid") addDocument(configuration, source, result.document);
  }
  checkUses(configuration);
  return configuration;
}

/**
 * Parse one text and hold it against the schema.
 *
 * @param prepare what is done to the document before it is held against the schema
 */
export function readDocument(
  source: SourceText,
  prepare: (document: Record<string, unknown>) => unknown = (document) => document,
): Validated {
  try {
    return validateDocument(source, prepare(parse(source.text)));
  } catch (error) {
    // The parser and the checks go down as deep as the text is nested.
    if (error instanceof RangeError) {
      const problem = "not valid TOML: it is nested too deeply";
      return { kind: "invalid", errors: [new UserError(problem, { origin: source.name })] };
    }
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.replace(/^Invalid TOML document: /u, "").split("\n")[0] ?? "";
    const origin = `${source.name}:${error.line}:${error.column}`;
    return { kind: "invalid", errors: [new UserError(`not valid TOML: ${reason}`, { origin })] };
  }
}

function addDocument(
  configuration: Configuration,
  source: SourceText,
  document: Extract<Validated, { kind: "valid" }>["document"],
): void {
  const { profile = {}, project = {}, ...defaults } = document;
  configuration.defaults = mergeLayers(configuration.defaults, layerFrom(source, defaults, []));
  for (const [name, settings] of Object.entries(profile)) {
    addLayer(configuration.profiles, name, layerFrom(source, settings, ["profile", name]));
  }
  for (const [path, settings] of Object.entries(project)) {
    addLayer(configuration.projects, path, layerFrom(source, settings, ["project", path]));
  }
}

function addLayer(layers: Record<string, Layer>, name: string, stronger: Layer): void {
  const weaker = Object.hasOwn(layers, name) ? layers[name] : undefined;
  layers[name] = mergeLayers(weaker ?? EMPTY_LAYER, stronger);
}

/** Every `uses` names a profile, and no profile is built on itself. */
function checkUses(configuration: Configuration): void {
  const names = Object.keys(configuration.profiles);
  const { defaults, profiles, projects } = configuration;
  const layers = [defaults, ...Object.values(profiles), ...Object.values(projects)];
  const unknown = layers
    .flatMap((layer) => layer.uses)
    .filter(({ value }) => !names.includes(value))
    .map(({ value, origin }) => unknownProfile(value, names, origin));
  if (unknown.length > 0) throw new UserErrors(unknown);
  const checked = new Set<string>();
  const circles = names.flatMap((name) => findCircles(configuration, [name], checked));
  if (circles.length > 0) throw new UserErrors(circles);
}

/** Each profile is gone through once, however many use it. */
function findCircles(
  configuration: Configuration,
  trail: readonly string[],
  checked: Set<string>,
): UserError[] {
  const name = trail.at(-1) ?? "";
  if (checked.has(name)) return [];
  const circles = (configuration.profiles[name]?.uses ?? []).flatMap(({ value, origin }) => {
    if (trail.includes(value))
      return [circle([...trail.slice(trail.indexOf(value)), value], origin)];
    return findCircles(configuration, [...trail, value], checked);
  });
  checked.add(name);
  return circles;
}

function circle(names: readonly string[], origin: string): UserError {
  const message = `profiles go in a circle: \`${names.join("` uses `")}\``;
  return new UserError(message, { origin, hint: "take one `uses` out" });
}
