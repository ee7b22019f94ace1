import type { Environment } from "./directories.ts";
import { splitWords } from "./pip-conf.ts";
import type { Setting } from "./registry-fact.ts";
import { asTable, asText } from "./toml-file.ts";
import type { TomlTable } from "./toml-file.ts";

/** An index as uv knows it; `name` is empty when it has none. */
export type UvIndex = Setting & { isDefault: boolean };

/** The indexes of a uv.toml. */
export function parseUvConfig(document: TomlTable, file: string): UvIndex[] {
  const written = Array.isArray(document["index"]) ? document["index"].map(asTable) : [];
  const named = written.map((table) => ({
    name: asText(table["name"]) ?? "",
    value: asText(table["url"]),
    isDefault: table["default"] === true,
  }));
  const old = [document, asTable(document["pip"])].flatMap((table) => [
    { name: "", value: asText(table["index-url"]), isDefault: true },
    ...listTexts(table["extra-index-url"]).map((value) => ({ name: "", value, isDefault: false })),
  ]);
  return [...named, ...old].flatMap(({ value, ...index }) => {
    return value === undefined ? [] : [{ ...index, value, origin: file }];
  });
}

/** The indexes in uv's variables, the stronger of two that mean the same. */
export function readUvVariables(environment: Environment): UvIndex[] {
  const read = (origin: string, isDefault: boolean): UvIndex[] => {
    const words = splitWords({ name: "", value: environment[origin] ?? "", origin });
    return words.map((word) => ({ ...splitName(word), isDefault }));
  };
  const own = read("UV_DEFAULT_INDEX", true);
  return [
    ...(own.length > 0 ? own : read("UV_INDEX_URL", true)),
    ...read("UV_INDEX", false),
    ...read("UV_EXTRA_INDEX_URL", false),
  ];
}

function splitName(setting: Setting): Setting {
  const [, name, value] = /^([\w.-]+)=(.*)$/u.exec(setting.value) ?? [];
  return name === undefined || value === undefined ? setting : { ...setting, name, value };
}

function listTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((each) => asText(each) ?? []) : [];
}
