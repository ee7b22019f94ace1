import { dirname, isAbsolute, join } from "node:path";
import { readHead } from "./search.ts";

/**
 * The script that a wrapper runs: pnpm puts no link on PATH but a shell script, which
 * names the real one as `$basedir/...` or, since version 11, in a comment.
 *
 * @returns `undefined` when the file is no such wrapper. Only what is in a package is
 *   believed: a wrapper can be forged, and what it names is shown inside.
 */
export function readWrapped(file: string): string | undefined {
  const text = readHead(file, MOST_BYTES);
  if (!text.startsWith("#!/bin/sh\n")) return undefined;
  const [, noted] = /^# cmd-shim-target=(.+)$/mu.exec(text) ?? [];
  const [, relative] = /^[ \t]*exec node[ \t]+"\$basedir\/([^"]+)" "\$@"$/mu.exec(text) ?? [];
  const named = noted ?? (relative && join(dirname(file), relative));
  if (named === undefined || !isAbsolute(named)) return undefined;
  return /\/(?:\.pnpm|node_modules)\//u.test(named) ? named : undefined;
}

/** The longest that pnpm writes has six thousand. */
const MOST_BYTES = 16_384;
