import { join } from "node:path";
import { parseObject } from "../object.ts";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";
import { readToolFile } from "./registry-file.ts";
import { addUrl } from "./registry-url.ts";
import { readNames } from "./status.ts";

/**
 * Note the hosts that serve the files of the registries in the fact: an index says them in its
 * `config.json`, which cargo keeps below its home. Only a copy that no agent can write is read,
 * and only of a registry that is known: the folder has those of all projects.
 *
 * @param folder cargo's home
 * @returns the hosts of the registries whose copy was read
 */
export function addDownloadHosts(
  folder: string,
  question: RegistryQuestion,
  fact: RegistryFact,
): string[] {
  const kept = join(folder, "registry/index");
  const known = fact.hosts.map(({ rule }) => rule.replace(/:\d+$/u, ""));
  const names = readNames(kept).sort().slice(0, MOST_FOLDERS);
  return names.flatMap((name) => {
    const host = name.replace(/-[\da-f]{16}$/u, "");
    if (!known.includes(host)) return [];
    const file = join(kept, name, "config.json");
    const addresses = parseIndexConfig(readToolFile(file, question, fact) ?? "");
    for (const value of addresses) addUrl(fact, { name: "dl", value, origin: file });
    return addresses.length > 0 ? [host] : [];
  });
}

/** Where an index has files (`dl`) and its interface (`api`), less what is a template for a host. */
export function parseIndexConfig(text: string): string[] {
  const config = parseObject(text) ?? {};
  return ["dl", "api"].flatMap((key) => {
    const value = config[key];
    return typeof value === "string" && /^https?:\/\/[\w.:[\]-]+(?:\/|$)/u.test(value)
      ? [value]
      : [];
  });
}

const MOST_FOLDERS = 256;
