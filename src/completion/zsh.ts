import { quoteForScript } from "../shim/quote.ts";
import { listCommands, takesRunWords } from "./definition.ts";
import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from "./definition.ts";
import { fill, listWords } from "./fill.ts";
import prototype from "./pale.zsh" with { type: "text" };

export function renderZsh(definition: CommandDefinition, pale: string): string {
  const cases = listCommands(definition).map(renderCase);
  return fill(prototype, { DEFINITION: cases.join("\n"), PALE: quoteForScript(pale) });
}

/** What `_pale_definition` sets for one command: its own words for `_describe` and `_arguments`. */
function renderCase(command: CommandDefinition): string {
  const { words, options, commands, arguments: places } = command;
  const names = commands.map(({ words: path, summary }) => {
    return `${path.at(-1)}:${summary.replaceAll(/[\\:]/gu, String.raw`\$&`)}`;
  });
  const specs = [
    ...(places.some(isCommandLine) ? ["-A", "-*"] : []),
    ...options.flatMap(specifyOption),
    ...places.flatMap(specifyPlace),
  ];
  return [
    `  ('${words.join(" ")}')`,
    ...renderList("below", names),
    ...renderList("specs", specs),
    ...(takesRunWords(command) ? ["    behind=1"] : []),
    "    ;;",
  ].join("\n");
}

function renderList(name: string, words: readonly string[]): string[] {
  if (words.length === 0) return [];
  return [`    ${name}=(`, ...words.map((word) => `      ${quoteForScript(word)}`), "    )"];
}

function isCommandLine({ values }: ArgumentDefinition): boolean {
  return values.sources.includes("command-line");
}

/** One for each spelling. Options that take a value may come more than once. */
function specifyOption({ long, short, takes, ...option }: OptionDefinition): string[] {
  const help = `[${option.help.replaceAll(/[\\[\]]/gu, String.raw`\$&`)}]`;
  const value = `:${nameValue(option.placeholder)}:${renderAction(listWords(option.values))}`;
  switch (takes) {
    case "nothing":
      return spell(long, short).map((spelling) => `${spelling}${help}`);
    case "optional":
      return [`--${long}=-${help}:${value}`];
    case "value":
      return [
        ...(short === undefined ? [] : [`*-${short}+${help}${value}`]),
        ...(long === undefined ? [] : [`*--${long}=${help}${value}`]),
      ];
  }
}

function spell(long: string | undefined, short: string | undefined): string[] {
  return [short && `-${short}`, long && `--${long}`].filter((each) => each !== undefined);
}

/** What zsh calls a value: the placeholder without what it has a meaning for. */
function nameValue(placeholder: string): string {
  return placeholder.replaceAll(/[^\w|. -]+/gu, " ").trim() || "value";
}

function specifyPlace(place: ArgumentDefinition, index: number): string[] {
  if (isCommandLine(place)) {
    return [`(-)${index + 1}:command: _command_names -e`, "*::arguments: _normal"];
  }
  const where = place.isVariadic ? "*" : String(index + 1);
  return [`${where}: :${renderAction(listWords(place.values))}`];
}

function renderAction(words: readonly string[]): string {
  return words.length === 0 ? "" : ` _pale_values ${words.join(" ")}`;
}
