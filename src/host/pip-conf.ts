import type { Environment } from "./directories.ts";
import type { Setting } from "./registry-fact.ts";

/**
 * The settings of a pip.conf that installing uses. Names come as `SECTION.NAME`, with hyphens;
 * the lines of a long value are joined by line breaks.
 */
export function parsePipConf(text: string, file: string): Setting[] {
  const settings: Setting[] = [];
  let section = "";
  for (const [index, line] of text.split(/\r?\n|\r/u).entries()) {
    if (/^\s*(?:[#;]|$)/u.test(line)) continue;
    const last = settings.at(-1);
    const [, header] = /^\[([^\]]+)\]/u.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (/^\s/u.test(line) && last) last.value = `${last.value}\n${line.trim()}`.trim();
    else settings.push(readLine(line, section, `${file}:${index + 1}`));
  }
  return settings.filter(({ name }) => /^(?:global|install)\./u.test(name));
}

function readLine(line: string, section: string, origin: string): Setting {
  const end = line.search(/[=:]/u);
  const [name, value] = end < 0 ? [line, ""] : [line.slice(0, end), line.slice(end + 1)];
  return { name: `${section}.${normalize(name.trim())}`, value: value.trim(), origin };
}

/** The settings in `PIP_...`. */
export function readPipVariables(environment: Environment): Setting[] {
  return Object.entries(environment).flatMap(([origin, value = ""]): Setting[] => {
    if (!origin.startsWith("PIP_")) return [];
    return [{ name: `variable.${normalize(origin.slice("PIP_".length))}`, value, origin }];
  });
}

/** The words of a setting that takes several, each with the setting's place. */
export function splitWords({ name, value, origin }: Setting): Setting[] {
  const words = value.split(/\s+/u).filter(Boolean);
  return words.map((word) => ({ name, value: word, origin }));
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll("_", "-").replace(/^--/u, "");
}
