import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Change } from "./changes.ts";
import type { Store } from "./store.ts";
import { upperOf } from "./store.ts";

/** By the system's own programs, never by the caller's PATH; each takes two files. */
const PROGRAMS = ["/usr/bin/diff", "/bin/diff", "/run/current-system/sw/bin/diff"];

const NOTHING = "/dev/null";

/**
 * One change as a unified diff. All of it is the agent's text: every line is made safe to print.
 *
 * @throws UserError when there is no `diff`
 */
export function describePatch(store: Store, { kind, path }: Change): string {
  const before = kind === "added" ? NOTHING : join(store.lower, path);
  const after = kind === "deleted" ? NOTHING : join(upperOf(store), path);
  const program = PROGRAMS.find((each) => existsSync(each));
  if (program === undefined) {
    throw new UserError("`diff` is not installed", { hint: "leave out `--patch`" });
  }
  const options = ["--unified", "--new-file", "--no-dereference", "--recursive", "--"];
  const { stdout } = spawnSync(program, [...options, before, after], {
    encoding: "utf8",
    env: { LC_ALL: "C" },
    maxBuffer: 2 ** 28,
  });
  return stdout.replaceAll(/[^\n]+/gu, (line) => showLine(line));
}

function showLine(line: string): string {
  return line.split("\t").map(escapeUntrusted).join("\t");
}
