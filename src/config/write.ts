import { accessSync, constants, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { followToPlace } from "../host/links.ts";
import { readStatus } from "../host/status.ts";

/** `read-only`: the file, its directory or its file system; `reason` is the system's word for it. */
export type Written = { kind: "written" } | { kind: "read-only"; path: string; reason: string };

/**
 * Write a configuration file whole or not at all: where links lead, so that they stay, with the
 * mode that it has. One that is not there is made for the user alone.
 */
export function writeConfiguration(path: string, text: string): Written {
  const { real } = followToPlace(path);
  const status = readStatus(real);
  if (status && !status.isFile()) return { kind: "read-only", path: real, reason: "no file" };
  try {
    // A rename would not care whether the file itself may be written.
    if (status) accessSync(real, constants.W_OK);
    else mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
    writeFileAtomic(real, text, status ? {} : { mode: 0o600 });
    return { kind: "written" };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (READ_ONLY.includes(code)) return { kind: "read-only", path: real, reason: code };
    throw error;
  }
}

/** The last one: the file is a mount of its own. */
const READ_ONLY = ["EACCES", "EPERM", "EROFS", "EBUSY"];
