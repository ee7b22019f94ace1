import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode, UserError } from "../errors.ts";
import type { Configuration } from "../policy.ts";
import { BUILTIN_PROFILES } from "./builtin.ts";
import { compileOnce } from "./compiled.ts";
import { refuseOpenFiles, SYSTEM_DIRECTORY } from "./system-directory.ts";
import type { SourceText } from "./validate.ts";

/** Which files are read: the system's and the user's own, another one instead, or none. */
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
  return loadSources(readSources(choice), cache);
}

/** The texts of a choice, in the order of `listFiles`. */
export function readSources(choice: ConfigurationChoice): SourceText[] {
  return listFiles(choice).map(readSource);
}

/** The same for texts that have been read. */
export async function loadSources(
  own: readonly SourceText[],
  cache: string,
): Promise<Configuration> {
  const sources = [...BUILTIN_PROFILES, ...own];
  return compileOnce({ cache, kind: "config" }, sources, async () => {
    const { compileConfiguration } = await import("./compile.ts");
    return compileConfiguration(sources);
  });
}

/**
 * The files that a choice reads, the weakest first: config.toml, then profiles by name; the system's before.
 *
 * @throws UserError when others than root can change one of the system's
 */
export function listFiles(choice: ConfigurationChoice): string[] {
  switch (choice.kind) {
    case "none":
      return [];
    case "file":
      return [choice.path];
    case "user":
      return [...listSystemFiles(), ...listDirectoryFiles(choice.directory)];
  }
}

/** What the files are read from, also where there is none yet: one that appears there counts. */
export function listPlaces(choice: ConfigurationChoice): string[] {
  if (choice.kind !== "user") return listFiles(choice);
  const directories = [SYSTEM_DIRECTORY, choice.directory];
  const places = directories.flatMap((directory) => [
    join(directory, "config.toml"),
    join(directory, "profiles"),
  ]);
  return [...places, ...listFiles(choice)];
}

function listSystemFiles(): string[] {
  const files = listDirectoryFiles(SYSTEM_DIRECTORY);
  refuseOpenFiles(files);
  return files;
}

function listDirectoryFiles(directory: string): string[] {
  const own = listToml(directory).filter((file) => file === join(directory, "config.toml"));
  return [...own, ...listToml(join(directory, "profiles"))];
}

function listToml(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".toml"));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw unreadable(directory, error);
  }
}

/** @throws UserError when it cannot be read */
export function readSource(path: string): SourceText {
  try {
    return { name: path, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A configuration that cannot be read is never the same as none. */
function unreadable(path: string, error: unknown): UserError {
  return new UserError(`cannot read the configuration \`${path}\``, {
    origin: error instanceof Error ? error.message : String(error),
    hint: "mend the path or its permissions, or run with `--no-config`",
  });
}
