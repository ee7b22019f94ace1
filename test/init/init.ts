import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { assembleInit } from "../../src/init/assemble.ts";
import { removeTree } from "../helpers/remove-tree.ts";
import { skip } from "../helpers/requires.ts";

export type Architecture = Parameters<typeof assembleInit>[0];

/** A folder that is gone after the test. */
export function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "pale-init-"));
  context.after(() => removeTree(folder));
  return folder;
}

export function writeExecutable(folder: string, name: string, content: Uint8Array | string) {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o755 });
  return path;
}

/** The init program as a file, for one architecture. */
export function writeInit(folder: string, architecture: Architecture): string {
  return writeExecutable(folder, `init-${architecture}`, assembleInit(architecture));
}

/** What this machine runs by itself. */
export function requireArchitecture(context: TestContext): Architecture | undefined {
  if (process.arch === "x64") return "x86_64";
  if (process.arch === "arm64") return "aarch64";
  return skip(context, `there is no init program for ${process.arch}`);
}
