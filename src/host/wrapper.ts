import { dirname, isAbsolute, join } from "node:path";
import { followLinks } from "./links.ts";
import { readHead } from "./search.ts";
import { readStatus } from "./status.ts";

/**
 * The script that a wrapper runs: pnpm puts no link on PATH but a shell script, which
 * names the real one as `$basedir/...` or, since version 11, in a comment.
 *
 * @returns `undefined` when the file is no such wrapper. Only a file that is in a package,
 *   past all links and `..`, is believed: a wrapper can be forged, and what it names is shown
 *   inside.
 */
export function readWrapped(file: string): string | undefined {
  const text = readHead(file, MOST_BYTES, "utf8");
  if (!text.startsWith("#!/bin/sh\n")) return undefined;
  const [, noted] = /^# cmd-shim-target=(.+)$/mu.exec(text) ?? [];
  const [, relative] = /^[ \t]*exec node[ \t]+"\$basedir\/([^"]+)" "\$@"$/mu.exec(text) ?? [];
  const named = noted ?? (relative && join(dirname(file), relative));
  if (named === undefined || !isAbsolute(named)) return undefined;
  return isInPackage(followLinks(named)?.real) ? named : undefined;
}

function isInPackage(real: string | undefined): boolean {
  if (real === undefined || !readStatus(real)?.isFile()) return false;
  return /\/(?:\.pnpm|node_modules|store\/v\d+\/links)\//u.test(real);
}

/** The longest that pnpm writes has six thousand. */
const MOST_BYTES = 16_384;
