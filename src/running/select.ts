import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { followLinks } from "../host/links.ts";
import { contains } from "../plan/paths.ts";
import { quoteOnOneLine } from "../terminal.ts";
import type { Sandbox } from "./find.ts";

/**
 * The sandboxes that a word means: an id, or a directory in their project. Without a word those
 * of the project around the working directory, else the only one that runs.
 *
 * @throws UserError when there is none
 */
export function selectSandboxes(
  sandboxes: readonly Sandbox[],
  word: string | undefined,
  workingDirectory: string,
): Sandbox[] {
  if (sandboxes.length === 0) throw new UserError("no sandbox is running");
  if (word === undefined) {
    const near = selectAround(sandboxes, workingDirectory);
    return near.length > 0 ? near : [...sandboxes];
  }
  const isNumber = /^\d+$/u.test(word);
  const found = isNumber
    ? sandboxes.filter(({ id }) => id === Number(word))
    : selectAround(sandboxes, findReal(resolve(workingDirectory, word)));
  if (found.length > 0) return found;
  throw new UserError(`no sandbox \`${word}\` is running`, { hint: listIds(sandboxes) });
}

/** @throws UserError also when there are several */
export function selectSandbox(
  sandboxes: readonly Sandbox[],
  word: string | undefined,
  workingDirectory: string,
): Sandbox {
  const found = selectSandboxes(sandboxes, word, workingDirectory);
  const [first] = found;
  if (first && found.length === 1) return first;
  throw severalRunning(found);
}

function severalRunning(found: readonly Sandbox[]): UserError {
  return new UserError(`${found.length} sandboxes are running: say which`, {
    hint: listIds(found),
  });
}

function selectAround(sandboxes: readonly Sandbox[], directory: string): Sandbox[] {
  return sandboxes.filter(({ project }) => contains(project, directory));
}

function findReal(path: string): string {
  return followLinks(path)?.real ?? path;
}

function listIds(sandboxes: readonly Sandbox[]): string {
  const shown = sandboxes.map(({ id, project, chain }) => {
    return `${id} (${quoteOnOneLine(chain?.command.argv[0] ?? "?")} in ${quoteOnOneLine(project)})`;
  });
  return `there are: ${shown.join(", ")}`;
}
