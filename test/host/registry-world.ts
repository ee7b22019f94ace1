import type { Environment } from "../../src/host/directories.ts";
import { readRegistries } from "../../src/host/registries.ts";
import type { RegistryFact, RegistryQuestion } from "../../src/host/registry-fact.ts";
import type { Registry } from "../../src/policy.ts";
import type { Folder } from "../helpers/folder.ts";

/** A machine in a folder: `home`, `etc`, `bin` (PATH), `project` (what the agent can write). */
export function makeQuestion(folder: Folder, environment: Environment = {}): RegistryQuestion {
  for (const name of ["home", "etc", "bin", "project"]) folder.directory(name);
  return {
    home: folder.at("home"),
    environment,
    search: {
      path: `${folder.at("project/bin")}:${folder.at("bin")}`,
      workingDirectory: folder.at("project"),
      shimDirectories: [],
    },
    writable: [folder.at("project")],
    etc: folder.at("etc"),
  };
}

export async function readOne(
  registry: Registry,
  folder: Folder,
  environment: Environment = {},
): Promise<RegistryFact> {
  const [fact] = await readRegistries([registry], makeQuestion(folder, environment));
  if (!fact) throw new Error("no fact");
  return fact;
}

export function rulesOf(fact: RegistryFact): string[] {
  return fact.hosts.map(({ rule }) => rule);
}

export function variablesOf(fact: RegistryFact): Record<string, string> {
  return Object.fromEntries(fact.environment.map(({ name, value }) => [name, value]));
}

const DEFINITIONS = "node_modules/@npmcli/config/lib/definitions/definitions.js";

/** An npm below `prefix`, and a node, which decides where the host-wide npmrc is. */
export function installNpm(folder: Folder, url = "https://npm.built-in.test/", prefix = "."): void {
  const root = `${prefix}/lib/node_modules/npm`;
  folder.write(`${root}/bin/npm-cli.js`, "#!/usr/bin/env node\n", 0o755);
  folder.write(`${root}/package.json`, "{}");
  const text = `  registry: new Definition('registry', {\n    default: '${url}',\n    type: url,\n`;
  folder.write(`${root}/${DEFINITIONS}`, `  'x': new Definition('x', {}),\n${text}`);
  folder.write(`${prefix}/bin/node`, "", 0o755);
  folder.link(`${prefix}/bin/npm`, "../lib/node_modules/npm/bin/npm-cli.js");
}

export const PIP_INDEX = "lib/python3.12/site-packages/pip/_internal/models/index.py";

export function installPip(folder: Folder, prefix = "."): void {
  folder.write(`${prefix}/bin/pip`, "#!/usr/bin/python3\n", 0o755);
  folder.write(
    `${prefix}/${PIP_INDEX}`,
    `class PackageIndex:
    pass

PyPI = PackageIndex("https://index.built-in.test/", file_storage_domain="files.built-in.test")
TestPyPI = PackageIndex(
    "https://no.built-in.test/", file_storage_domain="no-files.built-in.test"
)
`,
  );
}

/** A cargo whose text names the index after `before` bytes of something else. */
export function installCargo(folder: Folder, host = "index.built-in.test", before = 10): void {
  const text = `${"\0".repeat(before)}sparse+https://nosparse+https://${host}/more text`;
  folder.write("bin/cargo", text, 0o755);
}
