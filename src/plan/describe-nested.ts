import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import type { Step } from "./bwrap.ts";
import { INIT_INSIDE } from "./system-mounts.ts";

/** What runs in a sandbox that is there already; without steps it is the program alone. */
export type Nested = { path: string; argv: readonly string[]; steps: readonly Step[] };

/** As a shell script, with a reason on every line. */
export function describeNested({ path, argv, steps }: Nested): string {
  const [, ...rest] = argv;
  const lines = steps.map(
    ({ words, why }) =>
      `set -- "$@" ${words.map(quoteForShell).join(" ")}  # ${escapeUntrusted(why)}`,
  );
  const program = steps.length > 0 ? [path, ...argv] : [path, ...rest];
  return [
    "# inside a sandbox of pale's",
    ...(steps.length > 0 ? [`set -- ${INIT_INSIDE}`] : ["set --"]),
    ...lines,
    `set -- "$@" ${program.map(quoteForShell).join(" ")}  # the program, its name, its arguments`,
    'exec "$@"',
    "",
  ].join("\n");
}
