import { UserError } from "../errors.ts";
import { readBounded } from "../host/bounded.ts";
import type { Environment } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import type { Search } from "../host/search.ts";
import { contains } from "../plan/paths.ts";
import type { Plan, Variable, VariableSource } from "../plan/plan.ts";

/** What sources are read with; `writable` are the places where agents can write, or could. */
export type SourceQuestion = {
  environment: Environment;
  search: Search;
  home: string;
  writable: readonly string[];
};

/**
 * The plan with the values of variables that come from files and commands, read now. They go
 * into the environment of the chain and nowhere else.
 *
 * @throws UserError that names the variable, never with what was read
 */
export async function readVariableSources(plan: Plan, question: SourceQuestion): Promise<Plan> {
  if (!plan.variables.some(({ source }) => source)) return plan;
  const variables: Variable[] = [];
  // One after the other: two programs that ask for a password would do so at once.
  for (const variable of plan.variables) {
    variables.push(await readVariable(variable, question));
  }
  return { ...plan, variables };
}

async function readVariable(variable: Variable, question: SourceQuestion): Promise<Variable> {
  const { name, source } = variable;
  if (!source) return variable;
  return { ...variable, value: await readSource(name, source, question) };
}

/**
 * What a file holds or a command prints, without a line feed at its end.
 *
 * @param name what the messages call it by
 * @throws UserError never with what was read
 */
export async function readSource(
  name: string,
  source: VariableSource,
  question: SourceQuestion,
): Promise<string> {
  if (source.kind === "file") return readText(name, readSourceFile(name, source, question), source);
  const { runVariableCommand } = await import("./variable-command.ts");
  return readText(name, await runVariableCommand(name, source, question), source);
}

/** The kernel takes no longer string than 128 KiB into an environment. */
export const MOST_BYTES = 65_536;

function readSourceFile(
  name: string,
  { path, origin }: Extract<VariableSource, { kind: "file" }>,
  { writable }: SourceQuestion,
): Uint8Array {
  if (isWritable(path, writable)) throw couldWrite(name, path, origin);
  const bytes = readBounded(path, MOST_BYTES);
  if (bytes !== undefined) return bytes;
  throw new UserError(`\`${name}\` cannot be read from \`${path}\``, {
    origin,
    hint: "it must be a file that you may read, of at most 64 KiB",
  });
}

/** What an agent could put there, a link to your keys, would be handed to it at the next launch. */
export function couldWrite(name: string, path: string, origin: string): UserError {
  return new UserError(`an agent could write \`${path}\`, where \`${name}\` comes from`, {
    origin,
    hint: "keep it out of the project and of writable mounts",
  });
}

/** Where the path leads, or any link on the way. */
export function isWritable(path: string, writable: readonly string[]): boolean {
  const followed = followLinks(path);
  const names = [
    path,
    ...(followed ? [...followed.links.map((each) => each.path), followed.real] : []),
  ];
  return names.some((each) => writable.some((directory) => contains(directory, each)));
}

function readText(name: string, bytes: Uint8Array, { origin }: VariableSource): string {
  const text = decode(bytes)?.replace(/\n$/u, "");
  if (text !== undefined && !text.includes("\0")) return text;
  throw new UserError(`what \`${name}\` is to be set to is not text`, {
    origin,
    hint: "it must be UTF-8 without NUL bytes",
  });
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
