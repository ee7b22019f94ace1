import { isAbsolute, join, resolve } from "node:path";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";
import { addUrl } from "./registry-url.ts";
import { readToml } from "./toml-file.ts";
import { parseUvConfig, readUvVariables } from "./uv-config.ts";
import type { UvIndex } from "./uv-config.ts";

/**
 * Note uv's own indexes, from its variables, the user's and the host's uv.toml.
 *
 * @returns whether one of them is the default index
 */
export async function readUvIndexes(
  question: RegistryQuestion,
  fact: RegistryFact,
): Promise<boolean> {
  const indexes = readUvVariables(question.environment);
  for (const path of listFiles(question)) {
    const document = await readToml(path, question, fact);
    if (document) indexes.push(...parseUvConfig(document, path));
  }
  const [own, others] = [true, false].map((wanted) => {
    return indexes.filter(({ isDefault }) => isDefault === wanted);
  });
  addIndexes(fact, "UV_DEFAULT_INDEX", own?.slice(0, 1) ?? []);
  addIndexes(fact, "UV_INDEX", others ?? []);
  return (own?.length ?? 0) > 0;
}

/** The strongest first; `UV_CONFIG_FILE` stands for all others. */
function listFiles({ home, environment, search, etc }: RegistryQuestion): string[] {
  const named = environment["UV_CONFIG_FILE"];
  if (named) return [resolve(search.workingDirectory, named)];
  const own = environment["XDG_CONFIG_HOME"] || join(home, ".config");
  const shared = environment["XDG_CONFIG_DIRS"]?.split(":").filter(isAbsolute) ?? [];
  const others = shared.length > 0 ? shared : [join(etc, "xdg")];
  return [own, ...others, etc].map((directory) => join(directory, "uv/uv.toml"));
}

function addIndexes(fact: RegistryFact, variable: string, indexes: readonly UvIndex[]): void {
  const words = indexes.flatMap((index) => {
    const url = addUrl(fact, index);
    if (url === undefined) return [];
    return /^[\w.-]+$/u.test(index.name) ? `${index.name}=${url}` : url;
  });
  const value = [...new Set(words)].join(" ");
  if (value !== "") fact.environment.push({ name: variable, value });
}
