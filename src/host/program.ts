import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Program } from "../plan/facts.ts";
import { followLinks } from "./links.ts";
import { findCommand, readHead } from "./search.ts";
import type { Search } from "./search.ts";

/** Scripts name scripts as interpreters in practice never more than once. */
const MOST_INTERPRETERS = 4;

/** @throws UserError when the program or the interpreter of a script is missing */
export function traceProgram(command: string, search: Search): Program {
  const path = findCommand(command, search);
  const program: Program = { path, links: [], exposed: [], directories: [] };
  let next: string | undefined = path;
  for (let step = 0; next !== undefined && step < MOST_INTERPRETERS; step += 1) {
    next = traceFile(next, program, search);
  }
  return program;
}

/** Record one file and return the path of its interpreter, if it is a script. */
function traceFile(path: string, program: Program, search: Search): string | undefined {
  const followed = followLinks(path);
  if (!followed) return undefined;
  program.links.push(...followed.links);
  program.exposed.push(findPackageRoot(followed.real));
  program.directories.push(dirname(path));
  const interpreter = readInterpreter(followed.real);
  return interpreter === undefined ? undefined : findCommand(interpreter, search);
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
 * (pnpm's `.pnpm` store with it), the prefix of a language runtime or virtual
 * environment, or the file alone. Never a directory merely because a program is in
 * it: `~/claude` must not show the whole home.
 */
export function findPackageRoot(file: string): string {
  const modules = /^(.*?)\/(?:\.pnpm|node_modules)(?=\/)/u.exec(file);
  if (modules) return modules[0];
  const prefix = dirname(dirname(file));
  const isPrefix = basename(dirname(file)) === "bin" && basename(prefix) !== ".local";
  return isPrefix && RUNTIME_MARKS.some((mark) => existsSync(join(prefix, mark))) ? prefix : file;
}

/** What stands in the prefix of a Node, a virtual environment and a conda environment. */
const RUNTIME_MARKS = ["include/node/node.h", "pyvenv.cfg", "conda-meta"];
