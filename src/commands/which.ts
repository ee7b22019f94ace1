import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { findCommand } from "../host/search.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

/** `pale which`: print the real program behind a shim. The raw shims run what this prints. */
export function printRealProgram(invocation: Invocation, argv: readonly string[]): void {
  const [command] = argv;
  if (command === undefined || argv.length > 1) {
    throw new UserError("one command is needed", { hint: "pale which CMD" });
  }
  const search = makeSearch(invocation, findDirectories(invocation.environment));
  invocation.print(`${findCommand(command, search)}\n`);
}
