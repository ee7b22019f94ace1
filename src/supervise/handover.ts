import { closeSync, fstatSync, readSync } from "node:fs";
import { hasCode } from "../errors.ts";
import type { Handover } from "../secrets/handover.ts";

/** Where the init program puts it; see docs/init.md. */
const CREDENTIALS = 299;

/**
 * What the launcher has handed to this supervisor alone, read once. From here on no other process
 * of this user can look into this one, and it leaves no core dump.
 *
 * @returns `undefined` where there was nothing to be kept secret
 */
export async function receiveHandover(): Promise<Handover | undefined> {
  const text = readMemoryFile();
  if (text === undefined) return undefined;
  await hideProcess();
  return JSON.parse(text) as Handover;
}

function readMemoryFile(): string | undefined {
  try {
    const buffer = Buffer.alloc(fstatSync(CREDENTIALS).size);
    // The launcher has left the position at the end.
    const length = readSync(CREDENTIALS, buffer, 0, buffer.length, 0);
    const text = buffer.toString("utf8", 0, length);
    buffer.fill(0);
    closeSync(CREDENTIALS);
    return text;
  } catch (error) {
    if (hasCode(error, "EBADF")) return undefined;
    throw error;
  }
}

const PR_SET_DUMPABLE = 4;
const RLIMIT_CORE = 4;

async function hideProcess(): Promise<void> {
  const { dlopen, ptr } = await import("bun:ffi");
  const libc = dlopen("libc.so.6", {
    prctl: { args: ["i32", "i32", "i32", "i32", "i32"], returns: "i32" },
    setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  });
  const nothing = new BigUint64Array(2);
  const failed =
    libc.symbols.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) !== 0 ||
    libc.symbols.setrlimit(RLIMIT_CORE, ptr(nothing)) !== 0;
  if (failed) throw new Error("this process cannot be hidden from others");
}
