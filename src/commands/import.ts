import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { BUILTIN_PROFILES } from "../config/builtin.ts";
import { compileConfiguration } from "../config/compile.ts";
import { detectFormat } from "../import/format.ts";
import { FORMATS } from "../import/formats.ts";
import type { Format } from "../import/formats.ts";
import { renderDraft } from "../import/render.ts";
import { noteShipped, translate } from "../import/translate.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { readProject } from "../host/facts.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";

export type ImportOptions = { format?: string };

/**
 * `pale import`: print what another sandbox's configuration is in pale, with a comment for
 * everything that has no equal. Writes nothing.
 *
 * @throws UserError when the file cannot be read or understood
 */
export function printImported(
  invocation: Invocation,
  file: string,
  { format }: ImportOptions,
): void {
  const path = resolve(invocation.workingDirectory, file);
  const text = readText(path);
  const directories = findDirectories(invocation.environment);
  const search = makeSearch(invocation, directories);
  const project = readProject(undefined, { search, directories }).root;
  const source = { name: path, text };
  const chosen = format === undefined ? detectFormat(source) : readFormat(format);
  const draft = translate(source, chosen, { home: directories.home, project });
  noteShipped(draft, Object.keys(compileConfiguration(BUILTIN_PROFILES).profiles));
  invocation.print(renderDraft(draft, `${basename(path)} (${chosen})`));
}

function readFormat(text: string): Format {
  const format = FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  throw new UserError(`\`--format\` does not take \`${text}\``, { hint: FORMATS.join(", ") });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const origin = error instanceof Error ? error.message : String(error);
    throw new UserError(`cannot read \`${path}\``, { origin, hint: "check the path" });
  }
}
