import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashText } from "../hash.ts";
import { assembleInit } from "../init/assemble.ts";
import type { Files } from "../plan/bwrap.ts";
import type { Plan } from "../plan/plan.ts";
import { assembleFilter } from "../seccomp/filter.ts";

declare const PALE_BUILD: string | undefined;

/** Bytes to be kept on disk under a name that changes whenever the bytes do. */
type Blob = { path: string; make: () => Uint8Array | string; mode: number };

type Blobs = { files: Files; all: Blob[] };

/** Where the files of a plan are, or will be once `writeFiles` has run. */
export async function locateFiles(plan: Plan, cache: string): Promise<Files> {
  return (await listBlobs(plan, cache)).files;
}

/**
 * Make sure that every file of the plan is there. They are named by content or by
 * build, written beside and renamed, so one that exists is whole and right.
 */
export async function writeFiles(plan: Plan, cache: string): Promise<Files> {
  const { files, all } = await listBlobs(plan, cache);
  const missing = all.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) mkdirSync(join(cache, "files"), { recursive: true, mode: 0o700 });
  for (const { path, make, mode } of missing) {
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, make(), { mode });
    renameSync(temporary, path);
  }
  return files;
}

async function listBlobs(plan: Plan, cache: string): Promise<Blobs> {
  const { architecture, mounts, seccomp } = plan;
  const directory = join(cache, "files");
  const build = typeof PALE_BUILD === "string" ? PALE_BUILD : `source-${process.pid}`;
  const init: Blob = {
    path: join(directory, `init-${architecture}-${build}`),
    make: () => assembleInit(architecture),
    mode: 0o700,
  };
  const filter: Blob = {
    path: join(directory, `${seccomp.kind}-${architecture}-${build}`),
    make: () => assembleFilter(architecture, seccomp.kind),
    mode: 0o600,
  };
  const texts = await Promise.all(
    mounts
      .filter((mount) => mount.kind === "text")
      .map(async ({ name, text }) => {
        const path = join(directory, `${name}-${(await hashText(text)).slice(0, 16)}`);
        return { name, blob: { path, make: () => text, mode: 0o644 } };
      }),
  );
  return {
    files: {
      init: init.path,
      filter: filter.path,
      texts: Object.fromEntries(texts.map(({ name, blob }) => [name, blob.path])),
    },
    all: [init, filter, ...texts.map(({ blob }) => blob)],
  };
}
