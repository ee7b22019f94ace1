import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { AGENTS, BUILTIN_PROFILES } from "../config/builtin.ts";
import { compileConfiguration } from "../config/compile.ts";
import { findOffers } from "../config/detect.ts";
import type { Offer } from "../config/detect.ts";
import { renderExample } from "../config/example.ts";
import { renderJsonSchema } from "../config/json-schema.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { isInstalled } from "../host/search.ts";
import { escapeUntrusted } from "../terminal.ts";
import { isYes } from "./agree.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

/**
 * `pale init`: say which agents are there, ask about the toolchains that are, and write a commented
 * configuration. Where nobody can be asked, what was found stands in it as a comment.
 */
export async function writeConfiguration(invocation: Invocation): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const file = join(directories.config, "config.toml");
  const name = escapeUntrusted(file);
  if (existsSync(file)) return invocation.print(`${name} is there already\n`);
  printAgents(invocation, directories);
  const offers = findOffers(compileConfiguration(BUILTIN_PROFILES), directories.home);
  const answers = await askAll(invocation, offers);
  const chosen = offers.filter((_, index) => answers[index]).map(({ profile }) => profile);
  const found = offers.map(({ profile }) => profile);
  mkdirSync(directories.config, { recursive: true, mode: 0o700 });
  writeFileAtomic(join(directories.config, "pale.schema.json"), renderJsonSchema(), {
    mode: 0o600,
  });
  writeFileAtomic(file, renderExample({ chosen, found }), { mode: 0o600 });
  return invocation.print(`${name} written\n`);
}

function printAgents(invocation: Invocation, directories: Directories): void {
  const search = makeSearch(invocation, directories);
  const found = AGENTS.filter((agent) => isInstalled(agent, search));
  const list = found.length > 0 ? found.join(", ") : "none yet";
  invocation.print(`agents on PATH: ${list}\n`);
}

/** One answer for each offer; all no from the first that nobody answers. */
async function askAll(invocation: Invocation, offers: readonly Offer[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const { profile, found, warning } of offers) {
    const note = warning === undefined ? "" : `\n  ${warning}\n `;
    const what = `let agents use ${profile} (${found.map(escapeUntrusted).join(", ")})?`;
    const answer = await invocation.ask?.(`${what}${note} [y/N] `);
    if (answer === undefined) break;
    answers.push(isYes(answer));
  }
  return answers;
}
