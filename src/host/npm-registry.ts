import { dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { addCertificates } from "./registry-certificates.ts";
import { addNpmDefault, findNpmRoots } from "./npm-default.ts";
import { isNpmCredential, parseNpmrc, readNpmVariables } from "./npmrc.ts";
import { underivable } from "./registry-error.ts";
import { emptyFact } from "./registry-fact.ts";
import type { RegistryFact, RegistryQuestion, Setting } from "./registry-fact.ts";
import { findOnPath, readConfiguration } from "./registry-file.ts";
import { addUrl } from "./registry-url.ts";

/**
 * npm's default registry and those of scopes (`@corp:registry`), from variables, the user's
 * npmrc, the host's and the one in the npm package, the first of them the strongest.
 *
 * The files are not shown, as tokens are kept in them: what npm needs goes into variables. A
 * variable is stronger than the project's own npmrc; one is set only for what is configured.
 */
export function readNpmRegistry(question: RegistryQuestion): RegistryFact {
  const fact = emptyFact("npm");
  const roots = findNpmRoots(question);
  const settings = readSettings({ question, fact, roots });
  const configured = settings.get("registry");
  if (configured) addRegistry(fact, configured);
  else if (!addNpmDefault(roots, question, fact)) throw underivable("npm");
  for (const setting of settings.values()) {
    if (/^@[^:\s]+:registry$/u.test(setting.name)) addRegistry(fact, setting);
    if (isNpmCredential(setting)) {
      fact.withheld.push({ kind: "credentials", origin: setting.origin });
    }
  }
  const authority = settings.get("cafile");
  if (authority) addCertificates(fact, question, { ...authority, name: "npm_config_cafile" });
  return fact;
}

type Reading = { question: RegistryQuestion; fact: RegistryFact; roots: readonly string[] };
type Settings = Map<string, Setting>;

/** What npm would find under each name, the project's file left out. */
function readSettings(reading: Reading): Settings {
  const { question, roots } = reading;
  const own = roots[0] === undefined ? [] : readFile(join(roots[0], "npmrc"), reading);
  const variables = readNpmVariables(question.environment);
  const base = merge(own, variables);
  const named = locate(base.get("userconfig"), question);
  const user = readFile(named ?? join(question.home, ".npmrc"), reading);
  const beforeGlobal = merge(own, user, variables);
  const prefix = locate(beforeGlobal.get("prefix"), question) ?? findPrefix(question);
  const global = locate(beforeGlobal.get("globalconfig"), question) ?? join(prefix, "etc/npmrc");
  return merge(own, readFile(global, reading), user, variables);
}

/** The last one of a name counts. */
function merge(...layers: readonly Setting[][]): Settings {
  return new Map(layers.flat().map((setting) => [setting.name, setting]));
}

function readFile(path: string, { question, fact }: Reading): Setting[] {
  const text = readConfiguration(path, question, fact);
  return text === undefined ? [] : parseNpmrc(text, path, question.environment);
}

function locate(setting: Setting | undefined, question: RegistryQuestion): string | undefined {
  if (!setting?.value) return undefined;
  const path = setting.value.replace(/^~(?=\/)/u, question.home);
  return resolve(question.search.workingDirectory, path);
}

function findPrefix(question: RegistryQuestion): string {
  const { environment } = question;
  if (environment["PREFIX"]) return environment["PREFIX"];
  const [node = "/usr/bin/node"] = findOnPath(["node"], question);
  return join(environment["DESTDIR"] ?? "/", dirname(dirname(node)));
}

function addRegistry(fact: RegistryFact, setting: Setting): void {
  const url = addUrl(fact, setting);
  if (url === undefined) {
    const { name, origin } = setting;
    throw new UserError(`npm: \`${name}\` is not an address that begins with https:// or http://`, {
      origin,
      hint: `npm config set ${name} https://HOST/`,
    });
  }
  // npm reads names of variables in lower case, with a hyphen for each underscore.
  if (/^(?:@[a-z\d.~-]+:)?registry$/u.test(setting.name)) {
    fact.environment.push({ name: `npm_config_${setting.name}`, value: url });
  } else fact.withheld.push({ kind: "unusable", origin: setting.origin });
}
