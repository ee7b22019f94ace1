import { dirname, join } from "node:path";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";
import { findOnPath, listFolder, readToolFile } from "./registry-file.ts";
import { addUrl } from "./registry-url.ts";

/**
 * Note the hosts that pip has built in: of the index, and of the files that it lists; `false`
 * when no installed pip says them.
 */
export function addPipDefault(question: RegistryQuestion, fact: RegistryFact): boolean {
  for (const folder of listPackages(question)) {
    const file = join(folder, "pip/_internal/models/index.py");
    const hosts = findPipDefault(readToolFile(file, question, fact) ?? "");
    for (const value of hosts) addUrl(fact, { name: "index-url", value, origin: file });
    if (hosts.length > 0) return true;
  }
  return false;
}

/** The addresses in the text of pip's `models/index.py`: of the index, of the file storage. */
export function findPipDefault(text: string): string[] {
  const match =
    /^PyPI = \w+\(\s*['"](https?:\/\/[^'"\s]+)['"](?:,\s*file_storage_domain=['"]([^'"\s]+)['"])?/mu.exec(
      text,
    );
  if (!match) return [];
  const [, index = "", storage] = match;
  return storage === undefined ? [index] : [index, `https://${storage}/`];
}

/** Folders with Python packages that an interpreter or a pip on PATH would use, and the user's own. */
function* listPackages(question: RegistryQuestion): Generator<string> {
  const programs = findOnPath(["pip", "pip3", "python3", "python"], question);
  const prefixes = new Set(programs.map((program) => dirname(dirname(program))));
  for (const prefix of [...prefixes, join(question.home, ".local")]) {
    yield* listIn(prefix);
    // pyenv puts one script on PATH for all versions.
    for (const version of listFolder(join(prefix, "versions"))) yield* listIn(version);
  }
}

function* listIn(prefix: string): Generator<string> {
  for (const lib of ["lib", "local/lib"].map((name) => join(prefix, name))) {
    for (const python of listFolder(lib).filter((path) => /\/python[\d.]+$/u.test(path))) {
      yield join(python, "site-packages");
      yield join(python, "dist-packages");
    }
    yield join(lib, "python3/dist-packages");
  }
}
