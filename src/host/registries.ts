import type { Registry } from "../policy.ts";
import { readCargoRegistry } from "./cargo-registry.ts";
import { readNpmRegistry } from "./npm-registry.ts";
import { readPipRegistry } from "./pip-registry.ts";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";

/**
 * Which hosts package managers reach, from the user's and the machine's configuration of them;
 * where that says nothing, from what the installed tool has built in. Never from the project's
 * files, and nothing is executed.
 *
 * @throws UserError when a registry cannot be told, or a configuration file cannot be trusted
 */
export async function readRegistries(
  wanted: readonly Registry[],
  question: RegistryQuestion,
): Promise<RegistryFact[]> {
  const facts: RegistryFact[] = [];
  for (const registry of new Set(wanted)) {
    const fact = await READERS[registry](question);
    facts.push({ ...fact, sources: [...new Set(fact.sources)], files: [...new Set(fact.files)] });
  }
  return facts;
}

type Reader = (question: RegistryQuestion) => RegistryFact | Promise<RegistryFact>;

const READERS: Record<Registry, Reader> = {
  npm: readNpmRegistry,
  pip: readPipRegistry,
  cargo: readCargoRegistry,
};
