import manifest from "../../package.json" with { type: "json" };
import { listCommands, listSpellings } from "./definition.ts";
import type { CommandDefinition, OptionDefinition } from "./definition.ts";
import { AFTER, BEFORE, EDITED } from "./manual-prose.ts";

/** The manual page, in the macros of man(7). The same definitions always give the same bytes. */
export function renderManualPage(definition: CommandDefinition): string {
  const run = definition.commands.find(({ words }) => words.join(" ") === "run");
  return [
    `.TH PALE 1 ${EDITED} "pale ${manifest.version}" "User Commands"`,
    ...BEFORE.flatMap(renderSection),
    ".SH OPTIONS",
    ...definition.options.flatMap(renderOption),
    ".SH COMMANDS",
    ...groupBy(definition.commands).flatMap(renderGroup),
    ".SH RUN OPTIONS",
    "The first word that is no option, or",
    `.BR ${escape("--")} ,`,
    "ends them.",
    ...(run?.options.flatMap(renderOption) ?? []),
    ...AFTER.flatMap(renderSection),
    "",
  ].join("\n");
}

function groupBy(commands: readonly CommandDefinition[]): [string, CommandDefinition[]][] {
  const groups = new Map<string, CommandDefinition[]>();
  for (const command of commands) {
    groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  return [...groups];
}

function renderGroup([heading, commands]: [string, CommandDefinition[]]): string[] {
  const all = commands.flatMap(listCommands).filter(({ words }) => words.at(-1) !== "help");
  if (all.length === 0) return [];
  return [`.SS ${escape(heading.replace(/:$/u, "") || "Other")}`, ...all.flatMap(renderCommand)];
}

/** A heading with paragraphs, and with entries of a name and what it is. */
export type Section = {
  title: string;
  paragraphs?: readonly string[];
  entries?: readonly (readonly [name: string, text: string])[];
};

function renderSection({ title, paragraphs = [], entries = [] }: Section): string[] {
  return [
    `.SH ${title}`,
    ...paragraphs.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), ...setText(text)]),
    ...entries.flatMap(([name, text]) => [".TP", `.B ${escape(name)}`, ...setText(text)]),
  ];
}

function renderCommand(command: CommandDefinition): string[] {
  const { words, usage, summary } = command;
  const isRun = words.join(" ") === "run";
  const options = isRun ? [] : command.options.filter(({ long }) => long !== "help");
  const shown = isRun || options.length > 0 ? usage : usage.replace(/^\[options\] ?/u, "");
  return [
    ".TP",
    `.B ${escape(`pale ${words.join(" ")} ${shown}`.trim())}`,
    ...setText(`${summary}.`),
    ...(options.length === 0 ? [] : [".RS", ...options.flatMap(renderOption), ".RE"]),
  ];
}

function renderOption(option: OptionDefinition): string[] {
  const name = listSpellings(option).join(", ");
  const { placeholder } = option;
  const gap = placeholder === "" || placeholder.startsWith("[=") ? "" : " ";
  return [".TP", `.B ${escape(`${name}${gap}${placeholder}`)}`, ...setText(`${option.help}.`)];
}

/** Text in lines of a length that can be read, none of them a request. */
function setText(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 70) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => escape(line).replace(/^[.']/u, String.raw`\&$&`));
}

/** What stands in the text comes out as it is: hyphens that can be copied, straight quotes. */
function escape(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "\\": String.raw`\e`,
    "-": String.raw`\-`,
    "'": String.raw`\(aq`,
    "`": String.raw`\(ga`,
    "^": String.raw`\(ha`,
    "~": String.raw`\(ti`,
    '"': String.raw`\(dq`,
  };
  return text.replaceAll(/[\\'`^~"-]/gu, (character) => names[character] ?? character);
}
