import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Program } from "../plan/facts.ts";
import { followLinks } from "./links.ts";
import { findCommand, readHead } from "./search.ts";
import type { Search } from "./search.ts";
import { readWrapped } from "./wrapper.ts";

/** A wrapper, the script that it runs, and their interpreters; scripts name no others. */
const MOST_FILES = 6;

/** @throws UserError when the program or the interpreter of a script is missing */
export function traceProgram(command: string, search: Search): Program {
  const path = findCommand(command, search);
  const program: Program = { path, links: [], exposed: [], directories: [] };
  const pending: File[] = [{ path, isOnPath: true }];
  for (let step = 0; step < MOST_FILES; step += 1) {
    const next = pending.shift();
    if (next) pending.push(...traceFile(next, program, search));
  }
  return program;
}

/** `isOnPath`: looked up like a command, so that its directory belongs on PATH. */
type File = { path: string; isOnPath: boolean };

/** Record one file and return what it runs, if it is a script: interpreter, wrapped script. */
function traceFile({ path, isOnPath }: File, program: Program, search: Search): File[] {
  const followed = followLinks(path);
  if (!followed) return [];
  program.links.push(...followed.links);
  program.exposed.push(findPackageRoot(followed.real));
  if (isOnPath) program.directories.push(dirname(path));
  const interpreter = readInterpreter(followed.real);
  if (interpreter === undefined) return [];
  const wrapped = readWrapped(followed.real);
  return [
    { path: findCommand(interpreter, search), isOnPath: true },
    ...(wrapped === undefined ? [] : [{ path: wrapped, isOnPath: false }]),
  ];
}

/** The interpreter that a `#!` line names; through `env`, the name that env looks up. */
function readInterpreter(file: string): string | undefined {
  const [, line] = /^#![ \t]*([^\n]*)/u.exec(readHead(file, 256)) ?? [];
  const [interpreter, ...rest] = (line ?? "").trim().split(/[ \t]+/u);
  if (!interpreter) return undefined;
  if (basename(interpreter) !== "env") return interpreter;
  return rest.find((word) => !word.startsWith("-") && !word.includes("=")) ?? interpreter;
}

/**
 * The smallest tree that a file needs around it: the outermost `node_modules`
 * (pnpm's stores of packages with it), the prefix of a language runtime or virtual
 * environment, or the file alone. Never a directory merely because a program is in
 * it: `~/claude` must not show the whole home.
 */
export function findPackageRoot(file: string): string {
  const modules = /^(.*?)\/(?:\.pnpm|node_modules|store\/v\d+\/links)(?=\/)/u.exec(file);
  if (modules) return modules[0];
  const prefix = dirname(dirname(file));
  const isPrefix = basename(dirname(file)) === "bin" && basename(prefix) !== ".local";
  return isPrefix && RUNTIME_MARKS.some((mark) => existsSync(join(prefix, mark))) ? prefix : file;
}

/** What stands in the prefix of a Node, a virtual environment and a conda environment. */
const RUNTIME_MARKS = ["include/node/node.h", "pyvenv.cfg", "conda-meta"];
