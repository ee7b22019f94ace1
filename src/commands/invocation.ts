import type { Directories, Environment } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import type { Search } from "../host/search.ts";
import { shimDirectory } from "../shim/directory.ts";

/** The process as values, read once by the entry and handed to every command. */
export type Invocation = {
  environment: Environment;
  /** As the kernel says: no links in it. */
  workingDirectory: string;
  architecture: string;
  ids: { uid: number; gid: number };
  /** The file that this program runs from. */
  executable: string;
  print: (text: string) => void;
  /** Says something beside what is printed. */
  warn?: (message: string) => void;
  /** Ask on the terminal; `undefined` when there is nobody to ask. */
  ask?: (question: string) => Promise<string | undefined>;
  /** Whether what is printed may be coloured. */
  colour?: boolean;
  /** Of the terminal that is printed to, if it is one. */
  columns?: () => number | undefined;
};

/** How wide and how colourful what is printed may be. */
export function readScreen({ colour = false, columns }: Invocation) {
  return { colour, columns: columns?.() };
}

/** How commands are looked up: past every directory of shims. */
export function makeSearch(invocation: Invocation, directories: Directories): Search {
  return {
    path: invocation.environment["PATH"],
    workingDirectory: nameWorkingDirectory(invocation),
    shimDirectories: [shimDirectory(directories)],
  };
}

/** The shell's name for the working directory, when it is one: it may lead through links. */
function nameWorkingDirectory({ environment, workingDirectory }: Invocation): string {
  const named = environment["PWD"];
  if (named === undefined || !named.startsWith("/")) return workingDirectory;
  return followLinks(named)?.real === workingDirectory ? named : workingDirectory;
}
