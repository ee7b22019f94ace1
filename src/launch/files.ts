import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assembleInit } from "../init/assemble.ts";
import type { Files } from "../plan/bwrap.ts";
import type { Plan } from "../plan/plan.ts";
import { assembleFilter } from "../seccomp/filter.ts";

declare const PALE_BUILD: string | undefined;

/** Bytes to be kept on disk under a name that changes whenever the bytes do. */
type Blob = { path: string; make: () => Uint8Array | string; mode: number };

type Blobs = { files: Files; all: Blob[] };

/** Where the files of a plan are, or will be once `writeFiles` has run. */
export function locateFiles(plan: Plan, cache: string): Files {
  return listBlobs(plan, cache).files;
}

/**
 * Make sure that every file of the plan is there. They are named by content or by
 * build, written beside and renamed, so one that exists is whole and right.
 */
export function writeFiles(plan: Plan, cache: string): Files {
  const { files, all } = listBlobs(plan, cache);
  const missing = all.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) mkdirSync(join(cache, "files"), { recursive: true, mode: 0o700 });
  for (const { path, make, mode } of missing) {
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, make(), { mode });
    renameSync(temporary, path);
  }
  return files;
}

function listBlobs({ architecture, mounts, seccomp }: Plan, cache: string): Blobs {
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
  const texts = mounts.flatMap((mount) => {
    if (mount.kind !== "text") return [];
    const hash = createHash("sha256").update(mount.text).digest("hex").slice(0, 16);
    const path = join(directory, `${mount.name}-${hash}`);
    return [{ name: mount.name, blob: { path, make: () => mount.text, mode: 0o644 } }];
  });
  return {
    files: {
      init: init.path,
      filter: filter.path,
      texts: Object.fromEntries(texts.map(({ name, blob }) => [name, blob.path])),
    },
    all: [init, filter, ...texts.map(({ blob }) => blob)],
  };
}
