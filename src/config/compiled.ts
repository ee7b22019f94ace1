import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nameBuild } from "../build.ts";
import { hashText } from "../hash.ts";
import type { SourceText } from "./validate.ts";

/** What is kept, and where: in a directory that no sandbox reaches. */
export type CompiledKind = { cache: string; kind: "config" | "project" };

/**
 * What texts compile to, kept under the hash of all of them, so that a launch parses no
 * TOML and loads no schema.
 */
export async function compileOnce<T>(
  { cache, kind }: CompiledKind,
  sources: readonly SourceText[],
  compile: () => Promise<T>,
): Promise<T> {
  const file = join(cache, `${kind}-${hashSources(sources)}.json`);
  const known = readCompiled(file);
  if (known) return known as T;
  const compiled = await compile();
  try {
    keepCompiled(file, kind, compiled);
  } catch {
    // A full disk must not keep a new rule from being followed: the next launch compiles again.
  }
  return compiled;
}

/** Another build may compile the same text to something else. */
function hashSources(sources: readonly SourceText[]): string {
  return hashText(JSON.stringify([nameBuild(), sources])).slice(0, 32);
}

function readCompiled(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const MOST_KEPT = 16;

function keepCompiled(file: string, kind: CompiledKind["kind"], compiled: unknown): void {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Without the temporary files: another launch is about to rename one.
  const isKept = (name: string) => name.startsWith(`${kind}-`) && name.endsWith(".json");
  const kept = readdirSync(directory).filter(isKept);
  if (kept.length >= MOST_KEPT)
    for (const name of kept) rmSync(join(directory, name), { force: true });
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, JSON.stringify(compiled), { mode: 0o600 });
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
