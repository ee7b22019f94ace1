import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { UserError } from "../errors.ts";
import type { Directories } from "../host/directories.ts";
import { readIfThere } from "../host/status.ts";
import { quoteForShell } from "../terminal.ts";

/** A shim that the user asked for. */
export type OwnShim = {
  name: string;
  /** Without it `pale run` chooses by the command's name. */
  profile: string | undefined;
  /** In front of the caller's. */
  arguments: string[];
};

/** Beside the shims, in no sandbox's reach. */
export function nameOwnShims({ data }: Directories): string {
  return join(data, "shims.json");
}

/**
 * By name; none when there is no file.
 *
 * @throws UserError for a file that says anything else: a shim would lose its arguments in silence
 */
export function readOwnShims(file: string): OwnShim[] {
  const text = readIfThere(file);
  if (text === undefined) return [];
  const shims = parseOwnShims(text);
  if (shims) return shims.sort((a, b) => (a.name < b.name ? -1 : 1));
  throw new UserError("the list of shims cannot be read", {
    origin: file,
    hint: `mend it, or start anew: rm ${quoteForShell(file)}`,
  });
}

/** Whole or not at all, over what was there. */
export function writeOwnShims(file: string, shims: readonly OwnShim[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileAtomic(file, `${JSON.stringify({ shims }, undefined, 2)}\n`, { mode: 0o600 });
}

/** @returns why a command of this name can have no shim; `undefined` when it can */
export function findNameProblem(name: string): string | undefined {
  if (name.includes("/")) return "is a path: a shim stands for what is found on PATH";
  if (!/^[A-Za-z0-9_][\w.+-]*$/u.test(name)) return "is not a command's name";
  if (BUILTINS.has(name)) return "is a word of the shell, which looks for no program";
  if (name.endsWith("-raw")) return "is the name of a way out: those are made by themselves";
  return name === "pale" ? "is what shims start" : undefined;
}

/** What bash, zsh, fish or a POSIX shell takes for its own before it looks on PATH. */
const BUILTINS = new Set(
  `alias and argparse autoload begin bg bind bindkey block break breakpoint builtin bye caller case cd
  chdir command commandline compgen complete compopt contains continue coproc count declare dirs disable
  disown do done echo elif else emit emulate enable end esac eval exec exit export false fc fg fi float for
  foreach function functions getopts hash help history if in integer jobs kill let limit local log logout
  mapfile nocorrect noglob not or popd print printf private pushd pushln pwd r random read readarray
  readonly realpath rehash repeat return sched select set set_color setopt shift shopt source status
  string suspend switch test then time times trap true ttyctl type typeset ulimit umask unalias unfunction
  unhash unlimit unset unsetopt until vared wait whence where which while zle zmodload zstyle`
    .trim()
    .split(/\s+/u),
);

function parseOwnShims(text: string): OwnShim[] | undefined {
  try {
    const { shims } = JSON.parse(text) as { shims: unknown };
    return Array.isArray(shims) && shims.every(isOwnShim) ? shims.map(copy) : undefined;
  } catch {
    return undefined;
  }
}

function isOwnShim(value: unknown): value is OwnShim {
  const { name, profile, arguments: words } = (value ?? {}) as Record<string, unknown>;
  const isNamed = typeof name === "string" && findNameProblem(name) === undefined;
  const hasProfile = profile === undefined || typeof profile === "string";
  return (
    isNamed && hasProfile && Array.isArray(words) && words.every((word) => typeof word === "string")
  );
}

function copy({ name, profile, arguments: words }: OwnShim): OwnShim {
  return { name, profile, arguments: words };
}
