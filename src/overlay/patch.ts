import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Change } from "./changes.ts";
import { openTree } from "./open.ts";
import type { Store } from "./store.ts";
import { upperOf } from "./store.ts";

/** By the system's own programs, never by the caller's PATH; each takes two files. */
const PROGRAMS = ["/usr/bin/diff", "/bin/diff", "/run/current-system/sw/bin/diff"];

/** In a store, and not there: for `diff` an empty file or an empty directory, whatever the other is. */
const NOTHING = "nothing";

/**
 * One change as a unified diff. All of it is the agent's text: every line is made safe to print.
 *
 * @throws UserError when there is no `diff`, or it does not show everything
 */
export function describePatch(store: Store, { kind, path }: Change): string {
  const nothing = join(store.directory, NOTHING);
  const before = kind === "added" ? nothing : join(store.lower, path);
  const after = kind === "deleted" ? nothing : join(upperOf(store), path);
  if (kind !== "deleted") openTree(after);
  const program = PROGRAMS.find((each) => existsSync(each));
  if (program === undefined) {
    throw new UserError("`diff` is not installed", { hint: "leave out `--patch`" });
  }
  const options = ["--unified", "--new-file", "--no-dereference", "--recursive", "--"];
  const { stdout, error, status } = spawnSync(program, [...options, before, after], {
    encoding: "utf8",
    env: { LC_ALL: "C" },
    maxBuffer: 2 ** 28,
    // A pipe below a new directory has nobody who writes.
    timeout: 60_000,
  });
  if (error || status === null || status > 1) throw incomplete(after);
  return stdout.replaceAll(/[^\n]+/gu, (line) => showLine(line));
}

function incomplete(path: string): UserError {
  return new UserError(`not everything in \`${path}\` can be shown`, {
    hint: "it is too much, or cannot be read: look at it there before you apply it",
  });
}

function showLine(line: string): string {
  return line.split("\t").map(escapeUntrusted).join("\t");
}
