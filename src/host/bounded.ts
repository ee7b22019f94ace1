import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { readStatusThroughLinks } from "./status.ts";

/**
 * What an ordinary file holds. Never waits: a pipe in the place of a file would block, also one put
 * there a moment ago.
 *
 * @returns `undefined` for more than `most` bytes, and for what is no file or cannot be read
 */
export function readBounded(path: string, most: number): Buffer | undefined {
  if (!readStatusThroughLinks(path)?.isFile()) return undefined;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return undefined;
    const buffer = Buffer.allocUnsafe(most + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    return length > most ? undefined : buffer.subarray(0, length);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
