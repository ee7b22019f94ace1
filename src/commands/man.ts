import type { Command } from "commander";
import { renderManualPage } from "../completion/manual.ts";
import { readDefinition } from "./definition.ts";
import type { Invocation } from "./invocation.ts";

/** `pale man`: print the manual page. */
export function printManualPage({ print }: Invocation, program: Command): void {
  print(renderManualPage(readDefinition(program)));
}
