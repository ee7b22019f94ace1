import { UserError } from "../errors.ts";
import { nameArchitecture } from "../host/architecture.ts";
import { isInside } from "../host/inside.ts";
import { assembleInit } from "../init/assemble.ts";
import type { Invocation } from "./invocation.ts";

/** They change or look at what is pale's own on the host, of which nothing is there inside. */
const OUTSIDE_ONLY = new Set(
  `shims setup teardown init trust allow deny learned log diff apply discard why doctor selftest status exec stop`.split(
    " ",
  ),
);

/** @throws UserError inside a sandbox, for a command that would have no effect there, and not say so */
export function refuseInside({ architecture }: Invocation, command: string): void {
  if (!OUTSIDE_ONLY.has(command)) return;
  if (!isInside(() => assembleInit(nameArchitecture(architecture)))) return;
  throw new UserError(`\`pale ${command}\` has no effect inside a sandbox`, {
    hint: "run it outside: nothing that is pale's own is in here",
  });
}
