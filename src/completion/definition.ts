/**
 * The command line as data: what shells complete and the manual page says. Made from the
 * declarations that parse it (src/commands/definition.ts), so that nothing is said twice.
 */
export type CommandDefinition = {
  /** As typed after `pale`; none for pale itself. */
  words: readonly string[];
  summary: string;
  /** Behind the command's name: `[options] <host...>`. */
  usage: string;
  /** The heading that the help has it under. */
  group: string;
  options: readonly OptionDefinition[];
  arguments: readonly ArgumentDefinition[];
  commands: readonly CommandDefinition[];
};

export type OptionDefinition = {
  /** Without dashes. */
  long: string | undefined;
  /** One letter. */
  short: string | undefined;
  /** A value is the next word or stands behind `=`; an optional one can only stand behind `=`. */
  takes: "nothing" | "value" | "optional";
  /** How the help names the value, `[=json]` with its brackets; empty for a switch. */
  placeholder: string;
  values: Values;
  help: string;
};

export type ArgumentDefinition = { isVariadic: boolean; values: Values };

/** What can stand in a place. */
export type Values = { choices: readonly string[]; sources: readonly Source[] };

/** Lists that `pale complete LIST` prints, as only pale knows them. */
export const LISTS = ["profile", "denied-host", "reached-host", "own-shim", "sandbox"] as const;
export type List = (typeof LISTS)[number];

export type Source =
  | List
  | "path"
  | "directory"
  /** Of the environment. */
  | "variable"
  /** NAME=PATH */
  | "variable-file"
  /** The name of a program on PATH. */
  | "program"
  /** A command and everything behind it, which are completed as they would be without pale. */
  | "command-line"
  /** Behind `--`: what `pale run` takes. */
  | "run-words";

export const NO_VALUES: Values = { choices: [], sources: [] };

/** Every command with those below it, pale itself first. */
export function listCommands(command: CommandDefinition): CommandDefinition[] {
  return [command, ...command.commands.flatMap(listCommands)];
}

/** As typed: `--profile`, `-u`. */
export function listSpellings({ long, short }: OptionDefinition): string[] {
  return [
    ...(short === undefined ? [] : [`-${short}`]),
    ...(long === undefined ? [] : [`--${long}`]),
  ];
}

/** The place from which on the words are a command's own; `undefined` when there is none. */
export function findCommandLine({ arguments: words }: CommandDefinition): number | undefined {
  const index = words.findIndex(({ values }) => values.sources.includes("command-line"));
  return index === -1 ? undefined : index;
}

/** Is what follows `--` for `pale run`? */
export function takesRunWords({ arguments: words }: CommandDefinition): boolean {
  return words.some(({ values }) => values.sources.includes("run-words"));
}
