import { quoteForScript } from "../shim/quote.ts";
import { findCommandLine, listCommands, listSpellings, takesRunWords } from "./definition.ts";
import type { CommandDefinition, OptionDefinition } from "./definition.ts";
import { fill, listWords } from "./fill.ts";
import prototype from "./pale.bash" with { type: "text" };

export function renderBash(definition: CommandDefinition, pale: string): string {
  const cases = listCommands(definition).map(renderCase);
  return fill(prototype, { DEFINITION: cases.join("\n"), PALE: quoteForScript(pale) });
}

/** What `_pale_definition` sets for one command; what is empty is so already. */
function renderCase(command: CommandDefinition): string {
  const { words, options, commands, arguments: places } = command;
  const at = findCommandLine(command);
  const values = places.map((place) => quoteForScript(listWords(place.values).join(" ")));
  const lines = [
    renderList("commands", commands.map((below) => below.words.at(-1) ?? "").map(quoteForScript)),
    renderList("flags", options.flatMap(listFlags).map(quoteForScript)),
    renderList("takes", options.flatMap(listTaken)),
    renderList("places", values),
    ...(places.at(-1)?.isVariadic ? ["variadic=1"] : []),
    ...(at === undefined ? [] : [`command_at=${at}`]),
    ...(takesRunWords(command) ? ["behind=1"] : []),
  ];
  const body = lines.filter(Boolean).map((line) => `    ${line}`);
  return [`  '${words.join(" ")}')`, ...body, "    ;;"].join("\n");
}

function renderList(name: string, words: readonly string[]): string {
  return words.length === 0 ? "" : `${name}=(${words.join(" ")})`;
}

function listFlags(option: OptionDefinition): string[] {
  const spellings = listSpellings(option);
  if (option.takes !== "optional") return spellings;
  return [...spellings, ...option.values.choices.map((choice) => `--${option.long}=${choice}`)];
}

function listTaken(option: OptionDefinition): string[] {
  if (option.takes !== "value") return [];
  const values = quoteForScript(listWords(option.values).join(" "));
  return listSpellings(option).map((spelling) => `[${spelling}]=${values}`);
}
