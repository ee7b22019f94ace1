import { dirname, join } from "node:path";
import { followLinks } from "./links.ts";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";
import { findOnPath, readToolFile } from "./registry-file.ts";
import { addUrl } from "./registry-url.ts";

/** Where npm packages may be: around the `npm` on PATH, then beside each `node`. */
export function findNpmRoots(question: RegistryQuestion): string[] {
  const programs = findOnPath(["npm"], question).map((npm) => dirname(dirname(npm)));
  const beside = findOnPath(["node"], question).map((node) => {
    return join(dirname(dirname(node)), "lib/node_modules/npm");
  });
  const roots = [...programs, ...beside].filter((root) => followLinks(join(root, "package.json")));
  return [...new Set(roots)];
}

/** Note the host that npm has built in, from the first package that says it; `false` when none does. */
export function addNpmDefault(
  roots: readonly string[],
  question: RegistryQuestion,
  fact: RegistryFact,
): boolean {
  for (const file of roots.flatMap((root) => DEFINITIONS.map((name) => join(root, name)))) {
    const value = findNpmDefault(readToolFile(file, question, fact) ?? "");
    if (value === undefined) continue;
    addUrl(fact, { name: "registry", value, origin: file });
    return true;
  }
  return false;
}

/** The default of the setting `registry`, in the text of npm's own list of settings. */
export function findNpmDefault(text: string): string | undefined {
  return /['"]registry['"],\s*\{\s*default:\s*['"](https?:\/\/[^'"\s]+)['"]/u.exec(text)?.[1];
}

/** npm 8 to now; the same without bundled packages, as Debian has it; npm 7. */
const DEFINITIONS = [
  "node_modules/@npmcli/config/lib/definitions/definitions.js",
  "../@npmcli/config/lib/definitions/definitions.js",
  "lib/utils/config/definitions.js",
];
