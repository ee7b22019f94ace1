import { expandHome } from "../plan/paths.ts";
import { UserError } from "../errors.ts";
import type { Environment } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import type { Configuration, MountRule } from "../policy.ts";
import { findLine } from "./positions.ts";
import type { SourceText } from "./validate.ts";

export type Surroundings = { home: string; environment: Environment };

/** Mounts of the user's files that would stop every launch which has them. */
export function findMissingMounts(
  { defaults, profiles, projects }: Configuration,
  files: readonly SourceText[],
  surroundings: Surroundings,
): UserError[] {
  const layers = [defaults, ...Object.values(profiles), ...Object.values(projects)];
  return layers
    .flatMap(({ mounts }) => mounts)
    .filter((mount) => files.some(({ name }) => mount.origin.startsWith(`${name}:`)))
    .filter((mount) => mount.missing === "fail" && isMissing(mount, surroundings))
    .map(({ host, origin }) => {
      const hint = "create it, or add `optional = true` (or `create = true`) to the mount";
      return new UserError(`the mount \`${host}\` does not exist`, { origin, hint });
    });
}

function isMissing({ host, variable = "" }: MountRule, surroundings: Surroundings): boolean {
  const moved = surroundings.environment[variable];
  const path = moved?.startsWith("/") ? moved : expandHome(host, surroundings.home);
  return followLinks(path) === undefined;
}

/** Tables for projects that are not there; they may be elsewhere today, so it is no mistake for sure. */
export function findMissingProjects(
  files: readonly SourceText[],
  { projects }: Configuration,
  { home }: Surroundings,
): UserError[] {
  return Object.keys(projects)
    .filter((path) => followLinks(expandHome(path, home)) === undefined)
    .map((path) => {
      const origin = locateProject(files, path);
      const hint = "mend the path, or take the table out";
      return new UserError(`the project \`${path}\` does not exist`, { origin, hint });
    });
}

/** The last file that has the table; its name alone where the scan for lines does not find it. */
function locateProject(files: readonly SourceText[], path: string): string | undefined {
  const places = files.map(({ name, text }) => ({ name, line: findLine(text, ["project", path]) }));
  const found = places.find(({ name, line }) => {
    const text = files.find((file) => file.name === name)?.text.split("\n")[line - 1];
    return text?.includes(path);
  });
  return found && `${found.name}:${found.line}`;
}
