import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { readStatus } from "./status.ts";

/** Settings that a project brings along, in its root. */
export const PROJECT_FILE = ".pale.toml";

const MOST_BYTES = 65_536;

/** Neither to be led elsewhere by a link, nor to wait for the other end of a pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The text of a project's file, read once: whoever checks it, shows it or compiles it must
 * use this text, for an agent may put another one in its place at any time.
 *
 * @param root real path of the project
 * @returns `undefined` when there is none
 * @throws UserError for anything but a small file of text
 */
export function readProjectFile(root: string): { name: string; text: string } | undefined {
  const name = join(root, PROJECT_FILE);
  const descriptor = open(name);
  if (descriptor === undefined) return undefined;
  try {
    if (!fstatSync(descriptor).isFile()) throw unusable(name, "is not a regular file");
    const bytes = readBytes(descriptor);
    if (bytes.length > MOST_BYTES) throw unusable(name, `is larger than ${MOST_BYTES} bytes`);
    return { name, text: decode(name, bytes) };
  } finally {
    closeSync(descriptor);
  }
}

function open(name: string): number | undefined {
  try {
    return openSync(name, FLAGS);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // A socket is the placeholder of a running sandbox, in which nobody can make the file.
    if (code === "ENOENT" || code === "ENXIO") return undefined;
    if (code === "EACCES" && isPlaceholder(name)) return undefined;
    if (code === "ELOOP") throw unusable(name, "is a link");
    throw unusable(name, `cannot be read (${String(code)})`);
  }
}

/** Inside of that sandbox it is the null device, without its driver; no user can make one. */
function isPlaceholder(name: string): boolean {
  const status = readStatus(name);
  return status?.isCharacterDevice() === true && status.rdev === NULL_DEVICE;
}

/** 1:3, as `stat` has it. */
const NULL_DEVICE = 0x103;

/** One byte more than there may be, so that a file that is too large shows. */
function readBytes(descriptor: number): Buffer {
  const buffer = Buffer.alloc(MOST_BYTES + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, length);
    length += read;
    if (read === 0) return buffer.subarray(0, length);
  }
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unusable(name, "is not UTF-8");
  }
}

/** Never the same as none: it may have been there to tighten. */
function unusable(name: string, problem: string): UserError {
  return new UserError(`the project's \`${PROJECT_FILE}\` ${problem}`, {
    origin: name,
    hint: "mend it, or leave it out: pale run --no-project-file",
  });
}
