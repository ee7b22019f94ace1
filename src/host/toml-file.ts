import { UserError } from "../errors.ts";
import { isObject } from "../object.ts";
import type { RegistryFact, RegistryQuestion } from "./registry-fact.ts";
import { readConfiguration } from "./registry-file.ts";

export type TomlTable = { readonly [key: string]: unknown };

/**
 * A configuration file in TOML; the parser is loaded only when there is one.
 *
 * @throws UserError when it cannot be read; none of its text is in the message
 */
export async function readToml(
  path: string,
  question: RegistryQuestion,
  fact: RegistryFact,
): Promise<TomlTable | undefined> {
  const text = readConfiguration(path, question, fact);
  if (text === undefined) return undefined;
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new UserError(`\`${path}\` is not valid TOML`, {
      origin: `${path}:${error.line}`,
      hint: "mend it, or use `allow = [...]` instead",
    });
  }
}

/** An empty table when it is none. */
export function asTable(value: unknown): TomlTable {
  return isObject(value) ? value : {};
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
