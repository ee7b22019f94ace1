import { basename } from "node:path";
import type { TestContext } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { makeFolder, requireArchitecture, writeInit } from "./init.ts";

/**
 * The ways to start a program. Whatever a test expects of the init program it expects of
 * the program started plainly as well: that is the control.
 */
export type Way = {
  title: string;
  /** Says how to start things, or `undefined` where this machine cannot and the test is skipped. */
  prepare: (context: TestContext) => Chain | undefined;
};

/** The words of a command line in front of the path of a program, its name and its arguments. */
export type Chain = {
  /** Writable from inside. */
  folder: string;
  render: (program: Program, options?: ChainOptions) => string[];
};

export type Program = { path: string; name: string; args: readonly string[] };

export type ChainOptions = {
  /** Files for outer to open. */
  files?: readonly string[];
  /** More options for bwrap; other ways know none. */
  bwrap?: readonly string[];
  /** Words in front of what outer starts. */
  before?: readonly string[];
};

/** A shell script as a program. */
export function shell(script: string, ...args: string[]): Program {
  return { path: "/bin/sh", name: "sh", args: ["-c", script, "sh", ...args] };
}

export const PLAIN: Way = {
  title: "without pale",
  prepare: (context) => {
    const bash = requireTool(context, "bash");
    if (!bash) return undefined;
    return {
      folder: makeFolder(context),
      render: ({ path, name, args }, { before = [] } = {}) => {
        // Directly if possible: bash has its own mind about signals.
        const rename = name === basename(path) ? [] : [bash, "-c", 'exec -a "$0" "$@"', name];
        return [...before, ...rename, path, ...args];
      },
    };
  },
};

export const SANDBOXED: Way = { title: "in a sandbox", prepare: (context) => enclose(context, []) };

/** With a terminal of its own, and what is written to it filtered. */
export const FILTERED: Way = {
  title: "behind a filter",
  prepare: (context) => enclose(context, ["--terminal"]),
};

function enclose(context: TestContext, terminal: string[]): Chain | undefined {
  const bwrap = requireSandbox(context);
  const architecture = requireArchitecture(context);
  if (!bwrap || !architecture) return undefined;
  const folder = makeFolder(context);
  const init = writeInit(folder, architecture);
  const namespaces = `--unshare-user --unshare-pid --as-pid-1 --die-with-parent
    --ro-bind / / --dev /dev --proc /proc --bind`.split(/\s+/u);
  return {
    folder,
    render: ({ path, name, args }, options = {}) => [
      ...[init, "outer", ...terminal, ...(options.files ?? []), "--", ...(options.before ?? [])],
      ...[bwrap, ...namespaces, folder, folder, ...(options.bwrap ?? [])],
      ...["--", init, "inner", ...terminal, path, name, ...args],
    ],
  };
}

/** The other architecture's program, its two roles next to each other: bwrap cannot be emulated. */
export const EMULATED: Way = {
  title: "emulated, for aarch64",
  prepare: (context) => {
    const qemu = requireTool(context, "qemu-aarch64-static");
    if (!qemu) return undefined;
    const folder = makeFolder(context);
    const init = writeInit(folder, "aarch64");
    return {
      folder,
      render: ({ path, name, args }, options = {}) => [
        ...[qemu, init, "outer", ...(options.files ?? []), "--", ...(options.before ?? [])],
        ...[qemu, init, "inner", path, name, ...args],
      ],
    };
  },
};
