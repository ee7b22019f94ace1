import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { hasCode } from "../errors.ts";
import type { LogEntry } from "./entry.ts";
import { previousLog } from "./path.ts";
import { parseEntry } from "./read.ts";

/** A reader of the log that stays with it when the file is put aside and a new one begun. */
export type LogReader = {
  /** All that is new, oldest first; the first time all that is there. */
  read: () => LogEntry[];
  close: () => void;
};

/** No file is an empty one. */
export function openLogReader(file: string): LogReader {
  let tails: Tail[] = [];
  let isFirst = true;
  const read = (): LogEntry[] => {
    // Who wrote when the file was put aside may have written to it after the last look, so it is
    // read once more when the new one is there.
    const lines = tails.flatMap(readLines);
    const current = tails.at(-1);
    tails.slice(0, -1).forEach(closeTail);
    const next = openTail(file, current);
    tails = [current, next].flatMap((tail) => tail ?? []);
    if (next && isFirst) lines.push(...readPrevious(file, next));
    if (next) lines.push(...readLines(next));
    isFirst = false;
    return lines.flatMap((line) => parseEntry(line) ?? []);
  };
  return { read, close: () => tails.splice(0).forEach(closeTail) };
}

/** Everything in the log, oldest first. */
export function readLog(file: string): LogEntry[] {
  const reader = openLogReader(file);
  try {
    return reader.read();
  } finally {
    reader.close();
  }
}

type Tail = { descriptor: number; inode: string; position: number; rest: Buffer };

/** `undefined` when there is no file, or it is the one that is read already. */
function openTail(file: string, current?: Tail): Tail | undefined {
  const named = statSync(file, { throwIfNoEntry: false });
  if (!named || `${named.dev}:${named.ino}` === current?.inode) return undefined;
  const descriptor = openExisting(file);
  if (descriptor === undefined) return undefined;
  const { dev, ino } = fstatSync(descriptor);
  return { descriptor, inode: `${dev}:${ino}`, position: 0, rest: Buffer.alloc(0) };
}

/** Not what has been put aside between the opening of the other file and now: that is the same. */
function readPrevious(file: string, next: Tail): string[] {
  const previous = openTail(previousLog(file), next);
  if (!previous) return [];
  try {
    return readLines(previous);
  } finally {
    closeTail(previous);
  }
}

function openExisting(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function closeTail({ descriptor }: Tail): void {
  closeSync(descriptor);
}

/** The lines that have an end; what comes after the last one waits for its own. */
function readLines(tail: Tail): string[] {
  const bytes = Buffer.concat([tail.rest, ...readChunks(tail)]);
  const end = bytes.lastIndexOf("\n") + 1;
  tail.rest = bytes.subarray(end);
  // None of ours is so long.
  if (tail.rest.length > CHUNK_BYTES) tail.rest = Buffer.alloc(0);
  return bytes.toString("utf8", 0, end).split("\n").filter(Boolean);
}

function readChunks(tail: Tail): Buffer[] {
  const { size } = fstatSync(tail.descriptor);
  // Somebody has emptied it.
  if (size < tail.position) Object.assign(tail, { position: 0, rest: Buffer.alloc(0) });
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const length = readSync(tail.descriptor, chunk, 0, CHUNK_BYTES, tail.position);
    if (length === 0) return chunks;
    tail.position += length;
    chunks.push(chunk.subarray(0, length));
  }
}

const CHUNK_BYTES = 65_536;
