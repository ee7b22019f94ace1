import { UserError } from "../errors.ts";
import type { Architecture } from "../plan/facts.ts";

/** @param name as the runtime calls it */
export function nameArchitecture(name: string): Architecture {
  if (name === "x64") return "x86_64";
  if (name === "arm64") return "aarch64";
  throw new UserError(`pale does not run on ${name}`, { hint: "x86_64 and aarch64 only" });
}
