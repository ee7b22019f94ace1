import { UserError, UserErrors } from "../errors.ts";
import type { Directories } from "../host/directories.ts";
import { followToPlace } from "../host/links.ts";
import { readProjectFile } from "../host/project-file.ts";
import type { Configuration, Layer } from "../policy.ts";
import { EMPTY_LAYER } from "../policy.ts";
import { quoteForShell } from "../terminal.ts";
import { compileOnce } from "./compiled.ts";
import { resolveLayer } from "./resolve.ts";
import type { PolicyRequest } from "./resolve.ts";
import { tighten } from "./tighten.ts";
import type { Refusal } from "./tighten.ts";
import { readTrust } from "./trust.ts";
import type { Trust } from "./trust.ts";
import type { SourceText } from "./validate.ts";

/**
 * The settings of the project's own `.pale.toml`, as far as they count: all of them when the
 * user has trusted this very content, else what tightens. Read once, at the launch: what
 * becomes of the file later changes nothing in a sandbox that runs.
 *
 * @returns `undefined` when there is no file, or the user has said to leave it out
 * @throws UserErrors for a file that is wrong, or that widens and is not trusted
 */
export async function readProjectLayer(
  configuration: Configuration,
  request: PolicyRequest,
  { cache, state }: Directories,
): Promise<Layer | undefined> {
  const { project, home } = request;
  const source = readProjectFile(project);
  if (source === undefined) return undefined;
  const trust = readTrust(state, project, source.text);
  if (trust.kind === "ignored") return undefined;
  const file = await loadProjectFile(source, project, cache);
  if (trust.kind === "trusted") return file;
  const alone = { ...configuration, projects: {} };
  const below = resolveLayer(alone, { ...request, layer: EMPTY_LAYER }).layer;
  const { layer, refused } = tighten(file, { below, home, project, follow });
  if (refused.length > 0) throw notTrusted(refused, trust, project);
  return layer;
}

/** For `tighten`: where a path of this host leads. */
export function follow(path: string): string {
  return followToPlace(path).real;
}

/** @throws UserErrors with what is wrong in it */
export function loadProjectFile(source: SourceText, root: string, cache: string): Promise<Layer> {
  return compileOnce({ cache, kind: "project" }, [source], async () => {
    const { compileProjectFile } = await import("./compile-project.ts");
    return compileProjectFile(source, root);
  });
}

function notTrusted(refused: readonly Refusal[], trust: Trust, project: string): UserErrors {
  const state = trust.kind === "changed" ? "this file has changed" : "this file is not trusted";
  const errors = refused.map(({ subject, reason, origin }, index) => {
    const message = `\`${subject}\` ${reason}, and ${state}`;
    const isLast = index === refused.length - 1;
    return new UserError(message, { origin, hint: isLast ? remedy(project) : undefined });
  });
  return new UserErrors(errors);
}

function remedy(project: string): string {
  const command = `pale trust ${quoteForShell(project)}`;
  return `look at it and decide: ${command}; or leave it out: pale run --no-project-file`;
}
