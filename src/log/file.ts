import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { previousLog } from "./path.ts";

/**
 * A file that several processes append lines to. Each line is one write, at the end of the file
 * wherever that is by then. Who finds the file too large renames it, and begins a new one; the
 * others see by the inode that theirs is no longer the one of that name, and open that one.
 */
export type LogFile = {
  /** Whether the line is in the file. Never throws: a full disk must not stop the caller. */
  append: (line: string) => boolean;
  close: () => void;
};

export type LogFileOptions = {
  path: string;
  /** The file is renamed before it grows beyond this. */
  mostBytes: number;
};

/** Opens nothing yet: the file, and its directory, are made with the first line. */
export function openLogFile(options: LogFileOptions): LogFile {
  const state: State = { ...options, open: undefined, torn: false };
  return {
    append: (line) => {
      try {
        return appendLine(state, line);
      } catch {
        return false;
      }
    },
    close: () => closeFile(state),
  };
}

type State = LogFileOptions & {
  open: { descriptor: number; inode: string } | undefined;
  /** The last write was cut short: a line has no end. */
  torn: boolean;
};

function appendLine(state: State, line: string): boolean {
  const text = Buffer.from(state.torn ? `\n${line}` : line);
  let descriptor = findFile(state);
  if (!hasRoom(descriptor, text, state.mostBytes)) {
    rotate(state, text);
    // Where another process is at it, or the directory does not allow it, a little more fits.
    descriptor = findFile(state);
    if (!hasRoom(descriptor, text, 2 * state.mostBytes)) return false;
  }
  const written = writeSync(descriptor, text);
  if (written > 0) state.torn = written < text.length;
  return written === text.length;
}

function hasRoom(descriptor: number, text: Buffer, mostBytes: number): boolean {
  const { size } = fstatSync(descriptor);
  return size === 0 || size + text.length <= mostBytes;
}

/** The file that has the name now, open; made where there is none. */
function findFile(state: State): number {
  const { path, open } = state;
  if (open && open.inode === readInode(path)) return open.descriptor;
  closeFile(state);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const { dev, ino } = fstatSync(descriptor);
  state.open = { descriptor, inode: `${dev}:${ino}` };
  state.torn = false;
  return descriptor;
}

function readInode(path: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status && `${status.dev}:${status.ino}`;
}

function closeFile(state: State): void {
  const { open } = state;
  state.open = undefined;
  try {
    if (open) closeSync(open.descriptor);
  } catch {
    // A file system of the network may say only now that its disk is full; closed it is all the same.
  }
}

/**
 * One process at a time looks and renames: without that, who looked before another renamed would
 * rename the new file, over the one that has just been put aside.
 */
function rotate({ path, mostBytes }: State, text: Buffer): void {
  const lock = `${path}.lock`;
  if (!takeLock(lock)) return;
  try {
    if (lstatSync(path).size + text.length > mostBytes) renameSync(path, previousLog(path));
  } catch {
    // It stays where it is.
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Nobody waits for the lock. One that a killed process left behind is removed, for the next time. */
function takeLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch {
    const status = lstatSync(lock, { throwIfNoEntry: false });
    const isOld = status !== undefined && Date.now() - status.mtimeMs > OLD_LOCK_MILLISECONDS;
    if (isOld) rmSync(lock, { force: true });
    return false;
  }
}

const OLD_LOCK_MILLISECONDS = 10_000;
