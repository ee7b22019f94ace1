import type { Command } from "commander";

/** The words of a command before `--`, and behind it: commander itself makes no difference. */
export function splitWords(command: Command): { before: string[]; behind: string[] } {
  const raw = (command.parent as (Command & { rawArgs: string[] }) | null)?.rawArgs ?? [];
  const end = raw.indexOf("--");
  const behind = end === -1 ? [] : raw.slice(end + 1);
  return { before: command.args.slice(0, command.args.length - behind.length), behind };
}
