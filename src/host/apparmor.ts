import { existsSync, readFileSync } from "node:fs";
import { renderAppArmorProfile } from "../doctor/apparmor.ts";
import { PROFILE } from "../doctor/apparmor-script.ts";
import type { AppArmorFact } from "../doctor/facts.ts";
import { assembleInit } from "../init/assemble.ts";
import type { Architecture } from "../plan/facts.ts";
import { readRootInit, ROOT_INIT } from "./root-init.ts";

/** @param bwrap past all links; `undefined` when there is none */
export function readAppArmor(architecture: Architecture, bwrap: string | undefined): AppArmorFact {
  const found = readRootInit(() => assembleInit(architecture));
  return {
    init: found.kind === "untrusted" ? { untrusted: found.part } : found.kind,
    profile: readProfile(bwrap),
    ubuntu: existsSync("/etc/apparmor.d/bwrap-userns-restrict"),
  };
}

function readProfile(bwrap: string | undefined): AppArmorFact["profile"] {
  if (!existsSync(PROFILE)) return "absent";
  const expected = bwrap && renderAppArmorProfile({ bwrap, init: ROOT_INIT });
  return readFileSync(PROFILE, "utf8") === expected ? "right" : "other";
}
