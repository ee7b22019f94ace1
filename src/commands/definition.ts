import type { Command, Option } from "commander";
import { NO_VALUES } from "../completion/definition.ts";
import type {
  ArgumentDefinition,
  CommandDefinition,
  OptionDefinition,
} from "../completion/definition.ts";
import { RUN_OPTIONS } from "./run-options.ts";
import type { RunOption } from "./run-options.ts";
import { guessValues, valuesOfArgument, valuesOfOption } from "./value-kinds.ts";

/** What commander knows of pale's commands, and `pale run` of its options; hidden ones are left out. */
export function readDefinition(program: Command): CommandDefinition {
  return readCommand(program, []);
}

function readCommand(command: Command, words: readonly string[]): CommandDefinition {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const commands = below.map((each) => readCommand(each, [...words, each.name()]));
  return {
    words,
    summary: command.summary() || command.description(),
    usage: command.usage(),
    group: command.helpGroup(),
    options: help.visibleOptions(command).map(readOption),
    arguments: readArguments(command),
    commands: commands.map((each) =>
      each.words.at(-1) === "help" ? nameHelped(each, below) : each,
    ),
    // Declared for the help only: the launch path has a list of its own.
    ...(words.join(" ") === "run" && RUN),
  };
}

/** `help` takes the name of a command beside it. */
function nameHelped(help: CommandDefinition, beside: readonly Command[]): CommandDefinition {
  const choices = beside.map((each) => each.name());
  return { ...help, arguments: [{ isVariadic: false, values: { sources: [], choices } }] };
}

function readArguments(command: Command): ArgumentDefinition[] {
  return command.registeredArguments.map((argument) => ({
    isVariadic: argument.variadic,
    values: valuesOfArgument(argument),
  }));
}

function readOption(option: Option): OptionDefinition {
  return {
    long: option.long?.slice(2),
    short: option.short?.slice(1),
    takes: option.required ? "value" : option.optional ? "optional" : "nothing",
    placeholder: /[<[].*$/u.exec(option.flags)?.[0] ?? "",
    values: valuesOfOption(option),
    help: option.description,
  };
}

const RUN: Pick<CommandDefinition, "options" | "arguments"> = {
  options: RUN_OPTIONS.filter(({ isHidden }) => isHidden !== true).map(readRunOption),
  arguments: [{ isVariadic: true, values: { choices: [], sources: ["command-line"] } }],
};

function readRunOption({ name, short, value, help, values }: RunOption): OptionDefinition {
  const [, inline] = /^\[=(.*)\]$/u.exec(value ?? "") ?? [];
  return {
    long: name,
    short,
    takes: value === undefined ? "nothing" : inline === undefined ? "value" : "optional",
    placeholder: value ?? "",
    values:
      values ??
      (inline !== undefined
        ? { sources: [], choices: inline.split("|") }
        : value === undefined
          ? NO_VALUES
          : guessValues(value, name)),
    help,
  };
}
