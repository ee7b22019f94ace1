import { join } from "node:path";
import { readHead, SHIM_MARK } from "./search.ts";
import { readNames } from "./status.ts";

const SCRIPTS = ".local/bin";

/** As systemd and shells write it. */
const HOME = /(?<![\w/])(?:%h|\$HOME|\$\{HOME\}|~)(?=\/)/gu;

/** More than any launcher has. */
const MOST_BYTES = 16_384;

/** Desktop files, units of systemd and scripts that start one of some programs by its absolute path. */
export function findLaunches(
  home: string,
  names: readonly string[],
  shims: string,
): { file: string; program: string }[] {
  const named = new RegExp(
    String.raw`(?:^|[\s"'=!+-])(/[\w./@+-]+/(?:${names.map(escapePattern).join("|")}))(?=[\s"']|$)`,
    "mu",
  );
  return listFiles(home).flatMap((file) => {
    const text = readHead(file, MOST_BYTES, "utf8").replaceAll(HOME, () => home);
    const isLauncher = !file.startsWith(`${join(home, SCRIPTS)}/`) || text.startsWith("#!");
    const [, program] = (isLauncher && !text.includes(SHIM_MARK) && named.exec(text)) || [];
    return program === undefined || program.startsWith(`${shims}/`) ? [] : [{ file, program }];
  });
}

function escapePattern(name: string): string {
  return name.replaceAll(/[.+]/gu, String.raw`\$&`);
}

function listFiles(home: string): string[] {
  const started = [
    ...[".local/share/applications", ".config/autostart"].map((each) => join(home, each)),
    "/usr/share/applications",
    join(home, ".config/systemd/user"),
  ];
  return [
    ...started.flatMap((each) => list(each).filter((name) => /\.(?:desktop|service)$/u.test(name))),
    ...list(join(home, SCRIPTS)),
  ];
}

function list(directory: string): string[] {
  return readNames(directory).map((name) => join(directory, name));
}
