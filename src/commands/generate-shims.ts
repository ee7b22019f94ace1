import { isAbsolute, join, resolve } from "node:path";
import { BUILTIN_PROFILES } from "../config/builtin.ts";
import { compileConfiguration } from "../config/compile.ts";
import type { ConfigurationChoice } from "../config/load.ts";
import { readSources } from "../config/load.ts";
import { unknownProfile } from "../config/resolve.ts";
import { UserError } from "../errors.ts";
import { installShims } from "../shim/install.ts";
import { renderPlan } from "../shim/plan.ts";
import type { Compiled } from "../shim/plan.ts";
import type { PlanReference } from "../shim/plan-reference.ts";
import { writePlan } from "../shim/plan-store.ts";
import { renderShims } from "../shim/render.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { parseShimSpecification } from "./shim-specification.ts";
import type { ShimSpecification } from "./shim-specification.ts";

export type GenerateOptions = { shim: string[]; config?: string; pale?: string };

/**
 * `pale shims generate`: shims and their plans into a directory of the caller's, for a package
 * manager to install. Reads nothing of a home; the same input gives the same bytes.
 *
 * @throws UserError, UserErrors for a configuration, a profile or a specification that is wrong
 */
export function generateShims(
  { workingDirectory, executable, print }: Invocation,
  directory: string,
  options: GenerateOptions,
): void {
  const prefix = resolve(workingDirectory, directory);
  const { pale = executable } = options;
  if (!isAbsolute(pale)) throw relative("--pale", pale);
  const config =
    options.config === undefined ? undefined : resolve(workingDirectory, options.config);
  const compiled = config === undefined ? undefined : compile({ kind: "file", path: config });
  const specifications = options.shim.map(parseShimSpecification);
  checkNames(specifications);
  const shims = [];
  for (const each of specifications) {
    const plan = compiled && placePlan(join(prefix, "share/pale/plans"), each, compiled);
    shims.push(...renderShims({ ...each, pale, config, plan }));
  }
  const { written, unchanged } = installShims(join(prefix, "bin"), shims);
  const names = [...written, ...unchanged].map(escapeUntrusted).join(" ");
  print(`${escapeUntrusted(join(prefix, "bin"))}: ${names}\n`);
}

function compile(choice: ConfigurationChoice): Compiled {
  const sources = readSources(choice);
  const configuration = compileConfiguration([...BUILTIN_PROFILES, ...sources]);
  return { choice, sources, configuration };
}

function placePlan(
  directory: string,
  { name, profile }: ShimSpecification,
  compiled: Compiled,
): PlanReference {
  const { profiles } = compiled.configuration;
  if (profile !== undefined && !Object.hasOwn(profiles, profile)) {
    throw unknownProfile(profile, Object.keys(profiles), `the shim \`${name}\``);
  }
  return writePlan(directory, renderPlan({ name, profile }, compiled));
}

function checkNames(specifications: readonly ShimSpecification[]): void {
  const names = specifications.flatMap(({ name, raw = `${name}-raw` }) =>
    raw === null ? [name] : [name, raw],
  );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new UserError(`two shims would be called \`${twice}\``, {
    hint: "name one of them otherwise",
  });
}

function relative(flag: string, path: string): UserError {
  return new UserError(`\`${path}\` is not an absolute path`, {
    origin: flag,
    hint: `say it from the root on: ${flag} /usr/bin/pale`,
  });
}
