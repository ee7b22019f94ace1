import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { requireTool } from "../helpers/requires.ts";

/** Compiles `NAME.c` of this folder into a directory that lasts as long as the test; `undefined` when the test is skipped. */
export function compileProbe(context: TestContext, name: string): string | undefined {
  const gcc = requireTool(context, "gcc");
  if (!gcc) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "pale-probe-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const probe = join(folder, name);
  const source = new URL(`${name}.c`, import.meta.url).pathname;
  execFileSync(gcc, ["-O1", "-Wall", "-Wextra", "-Werror", "-o", probe, source]);
  return probe;
}
