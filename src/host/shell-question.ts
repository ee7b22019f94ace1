import { isAbsolute } from "node:path";
import type { Resolution, ShellFact, ShellMode } from "../doctor/facts.ts";
import { readHead, runsSandboxed } from "./search.ts";

/** A shell, and the way in which it is started. */
export type Way = { shell: string; mode: ShellMode };

type Answered = ShellFact["answers"][number];

const MARK = "pale-doctor:";
const BEHIND = "pale-doctor, behind an alias:";
const HOOKED = "pale-doctor, after its hooks:";

/** What a shell says last, once it has evaluated the whole question. */
export const END = `\n${MARK} \n`;

/**
 * What the doctor has a shell evaluate. Asked twice of one with a prompt: direnv and mise change
 * PATH when that is shown, what loads nvm at a change of directory.
 *
 * @param names of letters, digits and `_ . + -` only
 */
export function renderQuestion({ shell, mode }: Way, names: readonly string[]): string {
  const hasPrompt = mode.includes("interactive");
  // In quotes: zsh puts a global alias in the place of any word.
  const lines = names.map((name) => {
    const find = shell === "fish" ? renderForFish(name, hasPrompt) : renderForPosix(name);
    return `printf '\\n${MARK} %s\\n' '${name}'; ${find}`;
  });
  const hooks = hasPrompt ? HOOKS[shell] : undefined;
  const again = hooks === undefined ? [] : [`printf '\\n${HOOKED}\\n'`, ARRIVE, hooks, ...lines];
  // An interactive fish ends with an escape sequence, which is no answer.
  const end = `printf '\\n${MARK} \\n'`;
  return [...lines, ...again, end].join("\n");
}

function renderForPosix(name: string): string {
  const bare = `(unalias '${name}' 2>/dev/null; command -v '${name}')`;
  return `command -v '${name}'; printf '\\n${BEHIND}\\n'; ${bare}`;
}

/**
 * `command -v` in fish knows files only; an alias is a function, which runs the file of its name;
 * abbreviations count where one types.
 */
function renderForFish(name: string, hasPrompt: boolean): string {
  const escaped = name.replaceAll(/[.+]/gu, String.raw`\$&`);
  const file = `command -v '${name}'`;
  const alias = `alias | string match -r '^alias ${escaped} .*$'`;
  const find = `begin; ${alias}; or begin; functions -q '${name}'; and echo '${name}'; end; or ${file}; end`;
  const show = `abbr --show | string match -r '^abbr .*-- ${escaped}(?: .*)?$'`;
  const first = hasPrompt ? `abbr -q '${name}'; and ${show}; or ${find}` : find;
  const bare = `begin; ${alias} >/dev/null; and ${file}; or ${find}; end`;
  return `${first}; printf '\\n${BEHIND}\\n'; ${bare}`;
}

/** Where a hook of zsh, a handler of fish or a function in the place of `cd` loads the version that a directory names. */
const ARRIVE = "cd . >/dev/null 2>&1";

/**
 * A hook of bash that writes the history file, as `history -w` does, would empty it: what was asked
 * by `-c` has read none. zsh has every hook run with its own options, ksh_arrays and no_unset too.
 */
const HOOKS: Record<string, string> = {
  bash: [
    "unset HISTFILE; function history { :; }",
    'for pale_hook in "${PROMPT_COMMAND[@]}"; do eval "$pale_hook"; done',
  ].join("\n"),
  zsh: [
    "for pale_hook in precmd ${precmd_functions[@]-}",
    'do typeset -f "$pale_hook" >/dev/null && "$pale_hook"; done',
  ].join("\n"),
  fish: "emit fish_prompt",
};

/**
 * @param said all that the shell has written, what its startup files say included
 * @returns nothing when it has not said all, as one that a startup file has end early
 */
export function readAnswers(said: string, names: readonly string[]): Answered[] {
  const [text = "", rest] = said.split(END);
  const [first = "", second] = text.split(`\n${HOOKED}\n`);
  const isOver = rest !== undefined;
  const early = isOver || second !== undefined ? readAll(first, names) : [];
  const late = isOver && second !== undefined ? readAll(second, names) : [];
  return late.length === 0 ? early : late.map(noteHook(early));
}

function readAll(said: string, names: readonly string[]): Answered[] {
  const read = said.split(`\n${MARK} `).slice(1).map(readAnswer);
  return read.length === names.length ? read : [];
}

function readAnswer(answer: string): Answered {
  const [before = "", behind = ""] = answer.split(`\n${BEHIND}\n`);
  const [name = "", first = ""] = before.split("\n");
  const [bare = ""] = behind.split("\n");
  const runs = readResolution(name, first);
  if (runs.kind !== "alias") return { name, runs };
  const word = findCommandWord(runs.text, name);
  const isShim =
    word !== undefined && readResolution(name, word === name ? bare : word).kind === "shim";
  return { name, runs: isShim ? { kind: "shim" } : runs };
}

/** What leaves the command itself as it is; another PATH may not. */
const PREFIX = [
  "command|noglob|nocorrect|exec|nohup|nice|time|env",
  String.raw`(?!PATH=|path=)\w+=(?:[\w@%+:,./~{}$-]|"[^"]*"|'[^']*')*`,
].join("|");

const ONE_COMMAND = new RegExp(
  String.raw`^\s*(?:(?:${PREFIX})\s+)*\\?([^\s;&|\\]+)(?:\s[^;&|]*)?$`,
  "u",
);

/** The one command that an alias or abbreviation stands for, with whatever words; else `undefined`. */
function findCommandWord(text: string, name: string): string | undefined {
  const starts = [`alias ${name}=`, `alias -g ${name}=`, `alias ${name} `];
  const start = starts.find((each) => text.startsWith(each)) ?? ` -- ${name} `;
  const value = text.slice(text.indexOf(start) + start.length);
  const plain = /^'(.*)'$/u.exec(value)?.[1]?.replaceAll(String.raw`'\''`, "'") ?? value;
  return ONE_COMMAND.exec(plain)?.[1];
}

function readResolution(name: string, said: string): Resolution {
  if (said === "") return { kind: "nothing" };
  if (said === name) return { kind: "function" };
  if (!isAbsolute(said)) return { kind: "alias", text: said };
  const isShim = runsSandboxed(readHead(said, 256));
  return isShim ? { kind: "shim" } : { kind: "file", path: said };
}

/** What the shim was before the prompt's hooks ran, and is not after, is their doing. */
function noteHook(early: readonly Answered[]) {
  return (answer: Answered, index: number): Answered =>
    answer.runs.kind === "file" && early[index]?.runs.kind === "shim"
      ? { ...answer, runs: { ...answer.runs, kind: "hook" } }
      : answer;
}
