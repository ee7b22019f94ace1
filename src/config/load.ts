import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { hashText } from "../hash.ts";
import type { Configuration } from "../policy.ts";
import { BUILTIN_PROFILES } from "./builtin.ts";
import type { SourceText } from "./validate.ts";

/** Which files are read: the user's own, another one instead, or none. */
export type ConfigurationChoice =
  | { kind: "user"; directory: string }
  | { kind: "file"; path: string }
  | { kind: "none" };

/**
 * Read and compile the configuration. What a text compiles to is kept under the hash
 * of all texts, so that a launch parses no TOML and loads no schema.
 *
 * @param cache directory for compiled configurations; in no sandbox's reach
 * @throws UserErrors with every problem of every file
 */
export async function loadConfiguration(
  choice: ConfigurationChoice,
  cache: string,
): Promise<Configuration> {
  const sources = [...BUILTIN_PROFILES, ...listFiles(choice).map(readSource)];
  const file = join(cache, `config-${await hashSources(sources)}.json`);
  const known = readCompiled(file);
  if (known) return known;
  const { compileConfiguration } = await import("./compile.ts");
  const configuration = compileConfiguration(sources);
  keepCompiled(file, configuration);
  return configuration;
}

/** The files that a choice reads, the weakest first: config.toml, then profiles by name. */
export function listFiles(choice: ConfigurationChoice): string[] {
  switch (choice.kind) {
    case "none":
      return [];
    case "file":
      return [choice.path];
    case "user":
      return listUserFiles(choice.directory);
  }
}

function listUserFiles(directory: string): string[] {
  const own = listToml(directory).filter((file) => file === join(directory, "config.toml"));
  return [...own, ...listToml(join(directory, "profiles"))];
}

function listToml(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".toml"));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(directory, error);
  }
}

function readSource(path: string): SourceText {
  try {
    return { name: path, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** A configuration that cannot be read is never the same as none. */
function unreadable(path: string, error: unknown): UserError {
  return new UserError(`cannot read the configuration \`${path}\``, {
    origin: error instanceof Error ? error.message : String(error),
    hint: "mend the path or its permissions, or run with `--no-config`",
  });
}

declare const PALE_BUILD: string | undefined;

/** Another build may compile the same text to something else. */
async function hashSources(sources: readonly SourceText[]): Promise<string> {
  const build = typeof PALE_BUILD === "string" ? PALE_BUILD : `source-${process.pid}`;
  return (await hashText(JSON.stringify([build, sources]))).slice(0, 32);
}

function readCompiled(file: string): Configuration | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Configuration;
  } catch {
    return undefined;
  }
}

const MOST_KEPT = 16;

function keepCompiled(file: string, configuration: Configuration): void {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Without the temporary files: another launch is about to rename one.
  const kept = readdirSync(directory).filter((name) => /^config-.*\.json$/u.test(name));
  if (kept.length >= MOST_KEPT)
    for (const name of kept) rmSync(join(directory, name), { force: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(configuration), { mode: 0o600 });
  renameSync(temporary, file);
}
