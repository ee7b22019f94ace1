import type { Argument, Option } from "commander";
import { NO_VALUES } from "../completion/definition.ts";
import type { Source, Values } from "../completion/definition.ts";

/**
 * What stands for a value in a declaration mostly says what it is: `<dir>`, `--profile <name>`,
 * `none|open`. Where it does not, `withValues` does.
 */
const DECLARED = new WeakMap<Argument | Option, Values>();

/** Say beside the declaration what shells complete there: `withValues(new Argument("<x>"), ["path"])`. */
export function withValues<T extends Argument | Option>(
  declared: T,
  sources: readonly Source[],
  choices: readonly string[] = [],
): T {
  DECLARED.set(declared, { sources, choices });
  return declared;
}

export function valuesOfArgument(argument: Argument): Values {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return (
    DECLARED.get(argument) ??
    (argument.argChoices
      ? { sources: [], choices: argument.argChoices }
      : guessValues(name, undefined))
  );
}

export function valuesOfOption(option: Option): Values {
  const placeholder = /[<[]([^>\]]+)[>\]]/u.exec(option.flags)?.[1];
  if (placeholder === undefined) return NO_VALUES;
  const declared = DECLARED.get(option);
  if (declared) return declared;
  if (option.argChoices) return { sources: [], choices: option.argChoices };
  return guessValues(placeholder.replace(/\.\.\.$/u, ""), option.long?.slice(2));
}

/** @param option its long name, which says more than `NAME` */
export function guessValues(placeholder: string, option: string | undefined): Values {
  const word = placeholder.toLowerCase();
  if (/^[a-z]+(\|[a-z]+)+$/u.test(placeholder)) {
    return { sources: [], choices: placeholder.split("|") };
  }
  const source = SOURCES[word] ?? (option === undefined ? undefined : SOURCES[option]);
  return source === undefined ? NO_VALUES : { sources: [source], choices: [] };
}

const SOURCES: Readonly<Record<string, Source>> = {
  path: "path",
  file: "path",
  dir: "directory",
  directory: "directory",
  profile: "profile",
  command: "program",
  "command...": "command-line",
  "cmd...": "command-line",
  sandbox: "sandbox",
  id: "sandbox",
  variable: "variable",
};
