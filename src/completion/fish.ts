import { quoteForFish } from "../shim/quote.ts";
import { findCommandLine, listCommands, listSpellings, takesRunWords } from "./definition.ts";
import type { CommandDefinition, OptionDefinition, Values } from "./definition.ts";
import { fill } from "./fill.ts";
import prototype from "./pale.fish" with { type: "text" };

export function renderFish(definition: CommandDefinition, pale: string): string {
  const commands = listCommands(definition);
  return fill(prototype, {
    DEFINITION: commands.flatMap(renderCases).join("\n"),
    COMPLETIONS: commands.flatMap(renderCompletions).join("\n"),
    PALE: quoteForFish(pale),
  });
}

/** What the walk through the words asks about one command. */
function renderCases(command: CommandDefinition): string[] {
  const at = findCommandLine(command);
  const valued = command.options.filter(({ takes }) => takes === "value").flatMap(listSpellings);
  const answers: Record<string, readonly string[]> = {
    commands: command.commands.map(({ words }) => words.at(-1) ?? ""),
    valued,
    "command-at": at === undefined ? [] : [String(at)],
    behind: takesRunWords(command) ? ["yes"] : [],
  };
  return Object.entries(answers).flatMap(([question, words]) => {
    if (words.length === 0) return [];
    const name = quoteForFish([question, ...command.words].join(" ").padEnd(question.length + 1));
    return [
      `        case ${name}`,
      `            printf '%s\\n' ${words.map(quoteForFish).join(" ")}`,
    ];
  });
}

function renderCompletions(command: CommandDefinition): string[] {
  const path = quoteForFish(command.words.join(" "));
  return [
    ...command.commands.map(({ words, summary }) => {
      const name = quoteForFish(words.at(-1) ?? "");
      return complete(`__pale_place ${path} 0`, `-f -a ${name} -d ${quoteForFish(summary)}`);
    }),
    ...command.options.map((option) => complete(`__pale_at ${path}`, renderOption(option))),
    ...command.arguments.flatMap(({ values, isVariadic }, index) => {
      const words = renderValues(values);
      const where = `__pale_place ${path} ${index}${isVariadic ? " more" : ""}`;
      return words === "" ? [] : [complete(where, words)];
    }),
  ];
}

function complete(condition: string, rest: string): string {
  return `complete -c pale -n ${quoteForFish(condition)} ${rest}`;
}

function renderOption({ long, short, takes, values, help }: OptionDefinition): string {
  const words = [
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(long === undefined ? [] : [`-l ${long}`]),
    ...(takes === "value" ? ["-r"] : []),
    ...(takes === "nothing" ? [] : [renderValues(values) || "-f"]),
    `-d ${quoteForFish(help)}`,
  ];
  return words.join(" ");
}

/** What is offered, and whether files are. */
function renderValues({ sources, choices }: Values): string {
  const offered = [...choices, ...sources.flatMap((source) => OFFERS[source] ?? listBy(source))];
  if (sources.includes("command-line") || (offered.length === 0 && sources.length === 0)) return "";
  const hasFiles = sources.includes("path") || sources.includes("variable-file");
  const words = offered.length === 0 ? [] : [`-a ${quoteForFish(offered.join(" "))}`];
  return [hasFiles ? "-F" : "-f", ...words].join(" ");
}

const OFFERS: Readonly<Partial<Record<string, readonly string[]>>> = {
  path: [],
  "run-words": [],
  "command-line": [],
  directory: ["(__pale_directories)"],
  variable: ["(set -xn)"],
  "variable-file": ["(set -xn | string replace -r '$' =)"],
  program: ["(__pale_programs)"],
};

function listBy(list: string): string[] {
  return [`(__pale_list ${list})`];
}
