import { findDirectories } from "../host/directories.ts";
import { findCommand } from "../host/search.ts";
import { execute } from "../launch/launch.ts";
import { UserError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

/** `pale raw`: become the real program, with the caller's environment and arguments untouched. */
export function runRaw(invocation: Invocation, argv: readonly string[]): never {
  const [command] = argv;
  if (command === undefined) {
    throw new UserError("no command to run", { hint: "pale raw CMD [ARGS...]" });
  }
  const search = makeSearch(invocation, findDirectories(invocation.environment));
  const environment = Object.entries(invocation.environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return execute(findCommand(command, search), argv, Object.fromEntries(environment));
}
