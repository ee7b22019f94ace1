import { join, resolve } from "node:path";
import { addCertificates } from "./registry-certificates.ts";
import { holdsSecrets, parseCargoConfig, readCargoVariables } from "./cargo-config.ts";
import type { CargoSettings } from "./cargo-config.ts";
import { findCargoDefault } from "./cargo-default.ts";
import type { CargoDefault } from "./cargo-default.ts";
import { addDownloadHosts } from "./cargo-index.ts";
import { underivable } from "./registry-error.ts";
import { emptyFact } from "./registry-fact.ts";
import type { RegistryFact, RegistryQuestion, Setting } from "./registry-fact.ts";
import { nameAll } from "./registry-file.ts";
import { addHost, addUrl } from "./registry-url.ts";
import { readToml } from "./toml-file.ts";

/**
 * cargo's registries and sources, from variables and the user's configuration. Registries go
 * into variables. Sources cannot, so a file that has some is shown, if no secret is in it.
 */
export async function readCargoRegistry(question: RegistryQuestion): Promise<RegistryFact> {
  const fact = emptyFact("cargo");
  const { environment, search, home } = question;
  const folder = resolve(
    search.workingDirectory,
    environment["CARGO_HOME"] || join(home, ".cargo"),
  );
  const settings = await readSettings(folder, question, fact);
  addRegistries(fact, [...(settings?.registries ?? []), ...readCargoVariables(environment)]);
  for (const source of settings?.sources ?? []) addUrl(fact, source);
  addOthers(fact, question, settings);
  const builtIn = settings?.replacesDefault ? undefined : addDefault(question, fact);
  const answered = addDownloadHosts(folder, question, fact);
  if (builtIn) addNeighbours(fact, builtIn, answered);
  return fact;
}

function addDefault(question: RegistryQuestion, fact: RegistryFact): CargoDefault {
  const builtIn = findCargoDefault(question, fact);
  if (!builtIn) throw underivable("cargo");
  addHost(fact, builtIn.index);
  return builtIn;
}

/** The index's own answer is narrower, where there is one. */
function addNeighbours(
  fact: RegistryFact,
  { index, neighbours }: CargoDefault,
  answered: readonly string[],
): void {
  if (neighbours && !answered.includes(index.rule)) addHost(fact, neighbours);
}

/** cargo prefers the file without an ending. */
async function readSettings(
  folder: string,
  question: RegistryQuestion,
  fact: RegistryFact,
): Promise<CargoSettings | undefined> {
  const path = ["config", "config.toml"]
    .map((name) => join(folder, name))
    .find((path) => nameAll(path) !== undefined);
  const document = path && (await readToml(path, question, fact));
  if (!path || !document) return undefined;
  if ("source" in document) {
    if (holdsSecrets(document)) fact.withheld.push({ kind: "credentials", origin: path });
    else fact.files.push(path);
  }
  return parseCargoConfig(document, path);
}

/** The last one of a name counts. */
function addRegistries(fact: RegistryFact, registries: readonly Setting[]): void {
  const byName = new Map(
    registries.map((setting) => [setting.name.toUpperCase().replaceAll("-", "_"), setting]),
  );
  for (const [name, setting] of byName) {
    const value = addUrl(fact, setting);
    if (value !== undefined && /^\w+$/u.test(name)) {
      fact.environment.push({ name: `CARGO_REGISTRIES_${name}_INDEX`, value });
    }
  }
}

function addOthers(
  fact: RegistryFact,
  question: RegistryQuestion,
  settings: CargoSettings | undefined,
): void {
  const name = question.environment["CARGO_REGISTRY_DEFAULT"] || settings?.defaultRegistry?.value;
  if (name && /^[\w-]+$/u.test(name)) {
    fact.environment.push({ name: "CARGO_REGISTRY_DEFAULT", value: name });
  }
  const variable = question.environment["CARGO_HTTP_CAINFO"];
  const authorities = variable
    ? { value: variable, origin: "CARGO_HTTP_CAINFO" }
    : settings?.authorities;
  if (authorities) addCertificates(fact, question, { ...authorities, name: "CARGO_HTTP_CAINFO" });
}
