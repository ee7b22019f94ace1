import { isAbsolute, join, resolve } from "node:path";
import { addCertificates } from "./registry-certificates.ts";
import { parsePipConf, readPipVariables, splitWords } from "./pip-conf.ts";
import { addPipDefault } from "./pip-default.ts";
import { underivable } from "./registry-error.ts";
import { emptyFact } from "./registry-fact.ts";
import type { RegistryFact, RegistryQuestion, Setting } from "./registry-fact.ts";
import { readConfiguration } from "./registry-file.ts";
import { addUrl } from "./registry-url.ts";
import { readUvIndexes } from "./uv-registry.ts";

/**
 * pip's indexes, from variables, the user's and the host's pip.conf, and uv's. Never from the one
 * of a virtual environment: that stands in the project. The files are not shown, as addresses in
 * them have passwords; what pip needs goes into variables.
 */
export async function readPipRegistry(question: RegistryQuestion): Promise<RegistryFact> {
  const fact = emptyFact("pip");
  const find = readSettings(question, fact);
  const index = find("index-url");
  if (index) addIndexes(fact, "PIP_INDEX_URL", [index]);
  for (const [name, variable] of LISTS) {
    const found = find(name);
    if (found) addIndexes(fact, variable, splitWords(found));
  }
  addPlain(fact, find("trusted-host"));
  const authority = find("cert");
  if (authority) addCertificates(fact, question, { ...authority, name: "PIP_CERT" });
  const hasOwnDefault = await readUvIndexes(question, fact);
  const isOff = /^(?:1|y|yes|t|true|on)$/iu.test(find("no-index")?.value ?? "");
  if (isOff) fact.environment.push({ name: "PIP_NO_INDEX", value: "1" });
  else if (!index && !addPipDefault(question, fact) && !hasOwnDefault) throw underivable("pip");
  return fact;
}

const LISTS = [
  ["extra-index-url", "PIP_EXTRA_INDEX_URL"],
  ["find-links", "PIP_FIND_LINKS"],
] as const;

/** What counts for installing: a variable, else `[install]`, else `[global]`; of files the last. */
function readSettings(question: RegistryQuestion, fact: RegistryFact) {
  const settings = [
    ...listFiles(question).flatMap((path) => {
      const text = readConfiguration(path, question, fact);
      return text === undefined ? [] : parsePipConf(text, path);
    }),
    ...readPipVariables(question.environment),
  ].filter(({ value }) => value !== "");
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  return (name: string): Setting | undefined => {
    return ["variable", "install", "global"]
      .map((section) => byName.get(`${section}.${name}`))
      .find((setting) => setting !== undefined);
  };
}

/** The weakest first. */
function listFiles({ home, environment, search, etc }: RegistryQuestion): string[] {
  const named = environment["PIP_CONFIG_FILE"];
  if (named === "/dev/null") return [];
  const shared = environment["XDG_CONFIG_DIRS"]?.split(":").filter(isAbsolute) ?? [];
  const own = environment["XDG_CONFIG_HOME"] || join(home, ".config");
  const files = [
    ...(shared.length > 0 ? shared : [join(etc, "xdg")]).map((path) => join(path, "pip/pip.conf")),
    join(etc, "pip.conf"),
    join(home, ".pip/pip.conf"),
    join(own, "pip/pip.conf"),
  ];
  return named ? [...files, resolve(search.workingDirectory, named)] : files;
}

function addIndexes(fact: RegistryFact, name: string, settings: readonly Setting[]): void {
  const value = settings.flatMap((setting) => addUrl(fact, setting) ?? []).join(" ");
  if (value !== "") fact.environment.push({ name, value });
}

function addPlain(fact: RegistryFact, setting: Setting | undefined): void {
  const hosts = setting ? splitWords(setting).map(({ value }) => value) : [];
  const value = hosts.filter((host) => /^[\w.:[\]-]+$/u.test(host)).join(" ");
  if (value !== "") fact.environment.push({ name: "PIP_TRUSTED_HOST", value });
}
