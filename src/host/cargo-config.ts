import { isObject } from "../object.ts";
import type { Environment } from "./directories.ts";
import type { Setting } from "./registry-fact.ts";
import { asTable, asText } from "./toml-file.ts";
import type { TomlTable } from "./toml-file.ts";

/** What a cargo configuration says of registries. */
export type CargoSettings = {
  /** `name` is the registry's. */
  registries: Setting[];
  /** Addresses that sources name; `name` is the source's. */
  sources: Setting[];
  /** Whether another source stands in for the one that cargo has built in. */
  replacesDefault: boolean;
  /** Name of the registry that commands use without being told one. */
  defaultRegistry: Setting | undefined;
  /** File with certificate authorities. */
  authorities: Setting | undefined;
};

export function parseCargoConfig(document: TomlTable, file: string): CargoSettings {
  const setting = (name: string, value: unknown): Setting[] => {
    const text = asText(value);
    return text === undefined ? [] : [{ name, value: text, origin: file }];
  };
  const sources = Object.entries(asTable(document["source"]));
  const builtIn = asTable(asTable(document["source"])["crates-io"]);
  return {
    registries: Object.entries(asTable(document["registries"])).flatMap(([name, table]) => {
      return setting(name, asTable(table)["index"]);
    }),
    sources: sources.flatMap(([name, table]) => setting(name, asTable(table)["registry"])),
    replacesDefault: ["replace-with", "registry"].some((key) => asText(builtIn[key])),
    defaultRegistry: setting("registry", asTable(document["registry"])["default"])[0],
    authorities: setting("cainfo", asTable(document["http"])["cainfo"])[0],
  };
}

/** The registries in `CARGO_REGISTRIES_NAME_INDEX`; `name` is as cargo writes it there. */
export function readCargoVariables(environment: Environment): Setting[] {
  return Object.entries(environment).flatMap(([origin, value]): Setting[] => {
    const [, name] = /^CARGO_REGISTRIES_(\w+)_INDEX$/u.exec(origin) ?? [];
    return name && value ? [{ name, value, origin }] : [];
  });
}

/**
 * Whether a configuration cannot be shown: a token, a password, an address with a user or a query
 * in it. `[env]` sets variables, of which nobody knows what they are.
 */
export function holdsSecrets(value: unknown): boolean {
  if (typeof value === "string") return value.includes("://") && /[?@]/u.test(value);
  if (Array.isArray(value)) return value.some(holdsSecrets);
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, inner]) => {
    return (
      key === "env" || /token|secret|password|credential|auth/iu.test(key) || holdsSecrets(inner)
    );
  });
}
