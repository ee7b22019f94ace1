import { join } from "node:path";
import { readHead, SHIM_MARK } from "./search.ts";
import { readNames } from "./status.ts";

/** More than any launcher has. */
const MOST_BYTES = 16_384;

/** Desktop files and scripts that start one of some programs by its absolute path. */
export function findLaunches(
  home: string,
  names: readonly string[],
  shims: string,
): { file: string; program: string }[] {
  const named = new RegExp(
    String.raw`(?:^|[\s"'=])(/[\w./@+-]+/(?:${names.map(escapePattern).join("|")}))(?=[\s"']|$)`,
    "mu",
  );
  return listFiles(home).flatMap((file) => {
    const text = readHead(file, MOST_BYTES, "utf8");
    const isLauncher = file.endsWith(".desktop") || text.startsWith("#!");
    const [, program] = (isLauncher && !text.includes(SHIM_MARK) && named.exec(text)) || [];
    return program === undefined || program.startsWith(`${shims}/`) ? [] : [{ file, program }];
  });
}

function escapePattern(name: string): string {
  return name.replaceAll(/[.+]/gu, String.raw`\$&`);
}

function listFiles(home: string): string[] {
  const applications = [join(home, ".local/share/applications"), "/usr/share/applications"];
  return [
    ...applications.flatMap((each) => list(each).filter((name) => name.endsWith(".desktop"))),
    ...list(join(home, ".local/bin")),
  ];
}

function list(directory: string): string[] {
  return readNames(directory).map((name) => join(directory, name));
}
