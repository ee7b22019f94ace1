import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";

/** Where words of the command line are relative to. */
export type Place = { workingDirectory: string; home: string };

export function expandPath(path: string, { workingDirectory, home }: Place): string {
  if (path === "~" || path.startsWith("~/")) return resolve(join(home, path.slice(1)));
  return resolve(workingDirectory, path);
}

export function badValue(flag: string, value: string, hint: string): UserError {
  return new UserError(`\`${flag}\` does not take \`${value}\``, { hint });
}
