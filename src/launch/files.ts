import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../errors.ts";
import { nameBuild } from "../build.ts";
import { hashText } from "../hash.ts";
import { findRootInit } from "../host/root-init.ts";
import { assembleInit } from "../init/assemble.ts";
import { EMPTY_FILE, nameHeldText } from "../plan/bwrap.ts";
import type { Files } from "../plan/bwrap.ts";
import type { Plan } from "../plan/plan.ts";
import { assembleFilter } from "../seccomp/filter.ts";
import { renderNetworkFile } from "./network-file.ts";

/** In pale's cache: sockets that sandboxes are shown. */
const SOCKETS = "sockets";

/** Bytes to be kept on disk under a name that changes whenever the bytes do. */
type Blob = { path: string; make: () => Uint8Array | string; mode: number };

/** The files of a plan, and the bytes of those that pale makes. */
export type PlannedFiles = { files: Files; directory: string; blobs: Blob[] };

/** Where pale keeps what it makes, and what it runs from; both in no sandbox's reach. */
export type OwnFiles = {
  cache: string;
  executable: string;
  /** Root's copy of the init program, where it is this build's; see src/host/root-init.ts. */
  init: string | undefined;
};

/** Where the files of a plan are, or will be once they are written. */
export function locateFiles(plan: Plan, own: OwnFiles): PlannedFiles {
  const { cache, executable } = own;
  const { architecture, mounts, seccomp } = plan;
  const directory = join(cache, "files");
  const build = nameBuild();
  const init = locateInit(architecture, directory);
  const filter: Blob = {
    path: join(directory, `${seccomp.kind}-${architecture}-${build}`),
    make: () => assembleFilter(architecture, seccomp.kind),
    mode: 0o600,
  };
  const network = locateNetworkFile(plan, directory);
  const texts = listTexts(mounts).map((each) => locateText(each, directory));
  return {
    files: {
      init: own.init ?? init.path,
      filter: filter.path,
      pale: executable,
      nothing: join(directory, "nothing"),
      places: join(cache, "places"),
      // This process becomes the init program: its number is one that nobody else has.
      sshAgent: join(cache, SOCKETS, `ssh-agent-${process.pid}`),
      network: network?.path,
      texts: Object.fromEntries(texts.map(({ name, blob }) => [name, blob.path])),
    },
    directory,
    blobs: [
      ...(own.init === undefined ? [init] : []),
      filter,
      ...(network ? [network] : []),
      ...texts.map(({ blob }) => blob),
    ],
  };
}

type Text = { name: string; text: string; executable?: true; encoding?: "latin1" };

function locateInit(architecture: Plan["architecture"], directory: string): Blob {
  return {
    path: join(directory, `init-${architecture}-${nameBuild()}`),
    make: () => assembleInit(architecture),
    mode: 0o700,
  };
}

/** Make sure that the init program alone is there; gives its path. Root's copy goes first. */
export function writeInit(architecture: Plan["architecture"], cache: string): string {
  const installed = findRootInit(architecture);
  if (installed !== undefined) return installed;
  const directory = join(cache, "files");
  const init = locateInit(architecture, directory);
  writeBlobs([init], directory);
  return init.path;
}

function locateText({ name, text, executable, encoding }: Text, directory: string) {
  const path = join(directory, `${name}-${hashText(text).slice(0, 16)}`);
  const make = () => (encoding ? Buffer.from(text, encoding) : text);
  const blob: Blob = { path, make, mode: executable ? 0o755 : 0o644 };
  return { name, blob };
}

/** The texts by name; an empty one when a mask of a file needs it. */
function listTexts(mounts: Plan["mounts"]): Text[] {
  const masksFile = mounts.some((mount) => mount.kind === "mask" && mount.of === "file");
  const held = mounts.flatMap((mount) =>
    mount.kind === "held" && mount.placeholder.kind === "file" ? [mount.placeholder.text] : [],
  );
  const texts = [
    ...mounts.filter((mount) => mount.kind === "text"),
    ...[...new Set(held)].map((text) => ({ name: nameHeldText(text), text })),
  ];
  return masksFile ? [...texts, { name: EMPTY_FILE, text: "" }] : texts;
}

/**
 * Make sure that every file of the plan is there. They are named by content or by
 * build, written beside and linked, so one that exists is whole and right.
 */
export function writeFiles({ directory, blobs, files }: PlannedFiles): void {
  for (const path of [files.nothing, files.places])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  writeBlobs(blobs, directory);
}

function writeBlobs(blobs: readonly Blob[], directory: string): void {
  const missing = blobs.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const { path, make, mode } of missing) {
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, make(), { mode });
    linkIfMissing(temporary, path);
    rmSync(temporary);
  }
}

/** Never over one that is there: another launch may have looked at it, and mount it next. */
function linkIfMissing(from: string, path: string): void {
  try {
    linkSync(from, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

function locateNetworkFile(
  { gate, isolation, overlays }: Plan,
  directory: string,
): Blob | undefined {
  if (!gate && overlays.length === 0) return undefined;
  const bytes = renderNetworkFile(gate?.listeners, isolation);
  const hash = hashText(Buffer.from(bytes).toString("base64"));
  return { path: join(directory, `network-${hash.slice(0, 16)}`), make: () => bytes, mode: 0o600 };
}
