import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, join } from "node:path";
import type { RegistryFact, RegistryHost, RegistryQuestion } from "./registry-fact.ts";
import { findOnPath, isWritable, listFolder, nameAll } from "./registry-file.ts";
import { readRegistryUrl } from "./registry-url.ts";

/**
 * `neighbours`: where the files must be as long as nobody has asked the index, which alone names
 * the host: for an index `index.NAME`, all below `NAME`.
 */
export type CargoDefault = { index: RegistryHost; neighbours: RegistryHost | undefined };

/** The index that cargo has built in, from the text in its executable. */
export function findCargoDefault(
  question: RegistryQuestion,
  fact: RegistryFact,
): CargoDefault | undefined {
  for (const file of listExecutables(question).slice(0, MOST_EXECUTABLES)) {
    const host = scan(file);
    const index =
      host && readRegistryUrl({ name: "index", value: `https://${host}/`, origin: file });
    if (!index) continue;
    fact.sources.push(...(nameAll(file) ?? []));
    const [, parent] = /^index\.([^.]+\..+)$/u.exec(index.host.rule) ?? [];
    const neighbours = parent === undefined ? undefined : { rule: `*.${parent}`, origin: file };
    return { index: index.host, neighbours };
  }
  return undefined;
}

/** The first host that a text names as `sparse+https://HOST/`. */
export function findSparseHost(text: string): string | undefined {
  return /sparse\+https:\/\/([a-z\d-]+(?:\.[a-z\d-]+)+)\//u.exec(text)?.[1];
}

/** rustup puts itself on PATH, by a link or as a copy; the cargo that it runs is in a toolchain. */
function listExecutables(question: RegistryQuestion): string[] {
  const own = findOnPath(["cargo"], question).filter((file) => basename(file) !== "rustup");
  const root = question.environment["RUSTUP_HOME"] || join(question.home, ".rustup");
  const toolchains = listFolder(join(root, "toolchains")).map((path) => join(path, "bin/cargo"));
  const trusted = toolchains.filter((path) => {
    return nameAll(path)?.every((name) => !isWritable(name, question));
  });
  return [...own, ...trusted];
}

/** Reads piece by piece, with a part of the piece before: the text may stand across two. */
function scan(file: string): string | undefined {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return fstatSync(descriptor).isFile() ? scanPieces(descriptor) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function scanPieces(descriptor: number): string | undefined {
  const piece = Buffer.alloc(PIECE);
  for (let place = 0; place < MOST_BYTES; place += PIECE - LONGEST) {
    const length = readSync(descriptor, piece, 0, PIECE, place);
    const host = findInPiece(piece.subarray(0, length));
    if (host !== undefined || length < PIECE) return host;
  }
  return undefined;
}

function findInPiece(piece: Buffer): string | undefined {
  for (let at = piece.indexOf(MARK); at >= 0; at = piece.indexOf(MARK, at + 1)) {
    const host = findSparseHost(piece.toString("latin1", at, at + LONGEST));
    if (host !== undefined) return host;
  }
  return undefined;
}

const MARK = "sparse+https://";
const LONGEST = 320;
const PIECE = 1_048_576;
const MOST_BYTES = 67_108_864;
const MOST_EXECUTABLES = 3;
