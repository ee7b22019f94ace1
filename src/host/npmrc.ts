import type { Environment } from "./directories.ts";
import type { Setting } from "./registry-fact.ts";

/**
 * The settings of an npmrc: INI without the parts that npm has no use for. Variables in names
 * and values stand for what they are in `environment`; one that is not set stays as written.
 */
export function parseNpmrc(text: string, file: string, environment: Environment): Setting[] {
  const settings: Setting[] = [];
  for (const [index, line] of text.split(/\r?\n|\r/u).entries()) {
    if (/^\s*(?:[;#]|$)/u.test(line)) continue;
    // What is in a section is no setting to npm.
    if (/^\s*\[[^\]]*\]\s*$/u.test(line)) break;
    const split = line.indexOf("=");
    if (split < 0) continue;
    const [name, value] = [line.slice(0, split), line.slice(split + 1)].map((part) => {
      return replaceVariables(readValue(part), environment);
    });
    settings.push({ name: name ?? "", value: value ?? "", origin: `${file}:${index + 1}` });
  }
  return settings;
}

/** The settings in `npm_config_...`, in whatever case; an empty one counts as not set. */
export function readNpmVariables(environment: Environment): Setting[] {
  return Object.entries(environment).flatMap(([origin, value]): Setting[] => {
    const [, key] = /^npm_config_(.+)$/iu.exec(origin) ?? [];
    if (!key || !value) return [];
    const name = key.startsWith("//") ? key : key.replaceAll(/(?!^)_/gu, "-").toLowerCase();
    return [{ name, value: replaceVariables(value, environment), origin }];
  });
}

/** Whether a setting is there to log in with, or names a file that is. */
export function isNpmCredential({ name }: Setting): boolean {
  return /(?:^|:)(?:_.*|username|key|keyfile|cert|certfile)$/u.test(name);
}

function readValue(written: string): string {
  const text = written.trim();
  if (/^'.*'$/su.test(text)) return text.slice(1, -1);
  if (/^".*"$/su.test(text)) return readJson(text);
  // A comment begins at any `;` or `#` without a backslash before it.
  const [, plain = ""] = /^((?:\\.|[^\\;#]|\\$)*)/su.exec(text) ?? [];
  return plain.replaceAll(/\\([;#\\])/gu, "$1").trim();
}

function readJson(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

type Variable = [backslashes: string, name: string, optional: string | undefined];

/** `${NAME}`, or `${NAME?}` for nothing where it is not set; an odd number of backslashes protects. */
function replaceVariables(text: string, environment: Environment): string {
  return text.replace(
    /(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}/gu,
    (whole, ...[backslashes, name, optional]: Variable) => {
      if (backslashes.length % 2 === 1) return whole.slice((backslashes.length + 1) / 2);
      const value = environment[name] ?? (optional ? "" : `\${${name}}`);
      return backslashes.slice(backslashes.length / 2) + value;
    },
  );
}
