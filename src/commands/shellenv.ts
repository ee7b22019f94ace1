import { existsSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { renderCompletionLoader } from "../shim/completion-loader.ts";
import { shimDirectory } from "../shim/directory.ts";
import { findNameProblem } from "../shim/own-shims.ts";
import type { Shell } from "../shim/shell-environment.ts";
import { renderOwnDirectory, renderShellEnvironment, SHELLS } from "../shim/shell-environment.ts";
import type { Invocation } from "./invocation.ts";

/** `pale shellenv`: print what puts the shims first on PATH in a shell. */
export function printShellEnvironment(invocation: Invocation, named: string | undefined): void {
  const shell = named ?? basename(invocation.environment["SHELL"] ?? "sh");
  if (!isShell(shell)) {
    throw new UserError(`\`${shell}\` is not a shell that pale knows`, {
      hint: `one of: ${SHELLS.join(", ")}`,
    });
  }
  const directory = shimDirectory(findDirectories(invocation.environment));
  const completed = { pale: invocation.executable, twins: listTwins(directory) };
  const texts = [
    renderShellEnvironment(shell, directory),
    renderOwnDirectory(shell, dirname(invocation.executable)),
    renderCompletionLoader(shell, completed),
  ];
  invocation.print(texts.join(""));
}

/** The shims that have a twin, by name; none before `pale shims` has been there. */
function listTwins(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  return names.filter((name) => {
    return findNameProblem(name) === undefined && names.includes(`${name}-raw`);
  });
}

function isShell(name: string): name is Shell {
  return SHELLS.some((shell) => shell === name);
}
