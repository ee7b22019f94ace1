import type { VariableRule } from "../policy.ts";
import { badValue, expandPath } from "./option-values.ts";
import type { Place } from "./option-values.ts";

/** Values of the options of `pale run` that are about the environment. All throw a UserError. */

export function readVariable(value: string): VariableRule {
  const [, name, text] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([\s\S]*))?$/u.exec(value) ?? [];
  if (name === undefined) throw badValue("--env", value, "--env NAME or --env NAME=VALUE");
  if (text === undefined) return { kind: "pass", name, origin: "--env" };
  return { kind: "set", name, value: text, origin: "--env" };
}

export function readVariableFile(value: string, place: Place): VariableRule {
  const { name, text } = split("--env-file", value, "--env-file NAME=PATH");
  return { kind: "file", name, path: expandPath(text, place), origin: "--env-file" };
}

/** Words between blanks; a command that needs more is written into the configuration. */
export function readVariableCommand(value: string): VariableRule {
  const { name, text } = split("--env-command", value, "--env-command 'NAME=COMMAND ARGS...'");
  return { kind: "command", name, command: text.trim().split(/\s+/u), origin: "--env-command" };
}

function split(flag: string, value: string, hint: string): { name: string; text: string } {
  const [, name, text = ""] = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/u.exec(value) ?? [];
  if (name === undefined || text.trim() === "") throw badValue(flag, value, hint);
  return { name, text };
}
