import type { Command } from "commander";
import { COMPLETED_SHELLS, renderCompletion } from "../completion/render.ts";
import { UserError } from "../errors.ts";
import { readDefinition } from "./definition.ts";
import type { Invocation } from "./invocation.ts";

/**
 * `pale completion`: print a script that completes the words of pale in a shell.
 *
 * @throws UserError for another shell
 */
export function printCompletion(
  { executable, print }: Invocation,
  program: Command,
  named: string,
): void {
  const shell = COMPLETED_SHELLS.find((each) => each === named);
  if (!shell) {
    throw new UserError(`\`${named}\` is not a shell that pale can complete in`, {
      hint: `one of: ${COMPLETED_SHELLS.join(", ")}`,
    });
  }
  print(renderCompletion(shell, readDefinition(program), executable));
}
