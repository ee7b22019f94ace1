import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A directory that is there until the test, or the file that makes it, has ended. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "pale-proxy-"));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
