import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { requireTool } from "../helpers/requires.ts";

/** Compiles `NAME.c` of this folder into a fresh directory; `undefined` when the test is skipped. */
export function compileProbe(context: TestContext, name: string): string | undefined {
  const gcc = requireTool(context, "gcc");
  if (!gcc) return undefined;
  const probe = join(mkdtempSync(join(tmpdir(), "pale-probe-")), name);
  const source = new URL(`${name}.c`, import.meta.url).pathname;
  execFileSync(gcc, ["-O1", "-Wall", "-Wextra", "-Werror", "-o", probe, source]);
  return probe;
}
