import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";

/** Where words of the command line are relative to. */
export type Place = { workingDirectory: string; home: string };

/** Absolute; `~` is the home directory. */
export function expandPath(path: string, { workingDirectory, home }: Place): string {
  if (path === "~" || path.startsWith("~/")) return resolve(join(home, path.slice(1)));
  return resolve(workingDirectory, path);
}

/** @throws UserError when it is none of the words */
export function readWord<T extends string>(flag: string, value: string, words: readonly T[]): T {
  const word = words.find((known) => known === value);
  if (word !== undefined) return word;
  const quoted = words.map((known) => `\`${known}\``);
  throw badValue(flag, value, `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`);
}

/** @param hint what the flag takes */
export function badValue(flag: string, value: string, hint: string): UserError {
  return new UserError(`\`${flag}\` does not take \`${value}\``, { hint });
}
