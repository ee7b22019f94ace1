import { FIRST_FILE } from "../plan/bwrap.ts";

/** What the command line of a running sandbox says, as src/plan/bwrap.ts has rendered it. */
export type Chain = {
  filter: string;
  mounts: ChainMount[];
  /** The directories that are written to elsewhere, as the sandbox sees them. */
  overlays: { lower: string; merged: string }[];
  isNetworkOwn: boolean;
  terminalFilter: boolean;
  workingDirectory: string;
  /** Set by bubblewrap; not in its own environment. */
  variables: Record<string, string>;
  limits: string[];
  command: { path: string; argv: string[] };
};

export type ChainMount = { destination: string } & (
  | { kind: "rw" | "ro"; source: string }
  | { kind: "link"; target: string }
  | { kind: "private" }
);

/**
 * @param words the command line of the sandbox's outermost process
 * @returns `undefined` for one that this version of pale does not write
 */
export function parseChain(words: readonly string[]): Chain | undefined {
  const reader = new Reader(words);
  if (!reader.next()?.startsWith("/") || reader.next() !== "outer") return undefined;
  const overlays: Chain["overlays"] = [];
  const opened = readOuter(reader, overlays);
  const [filter] = opened;
  const steps = readSteps(reader);
  const inner = readInner(reader);
  const { command } = inner;
  if (filter === undefined || !steps || !command) return undefined;
  const terminalFilter = words.slice(0, words.indexOf("--")).includes("--terminal");
  const { limits } = inner;
  return { filter, overlays, ...readSandbox(steps, opened), terminalFilter, limits, command };
}

class Reader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  next(): string | undefined {
    return this.#words[this.#at++];
  }

  take(count: number): string[] {
    this.#at += count;
    return this.#words.slice(this.#at - count, this.#at);
  }

  rest(): string[] {
    return this.#words.slice(this.#at);
  }
}

/** Up to the first `--`; gives the files, which come before every option but that of the launcher. */
function readOuter(reader: Reader, overlays: Chain["overlays"]): string[] {
  const files: string[] = [];
  let areFiles = true;
  for (let word = reader.next(); word !== undefined && word !== "--"; word = reader.next()) {
    if (word === "--credentials") {
      reader.take(1);
      continue;
    }
    if (word.startsWith("--")) areFiles = false;
    if (areFiles) files.push(word);
    if (word !== "--overlay") continue;
    const [lower = "", , , , merged = ""] = reader.take(5);
    overlays.push({ lower, merged });
  }
  return files;
}

type Step = { option: string; values: string[] };

/** How many words belong to each option of bubblewrap that pale uses. */
const VALUES: Readonly<Record<string, number>> = {
  "--die-with-parent": 0,
  "--as-pid-1": 0,
  "--unshare-user": 0,
  "--unshare-pid": 0,
  "--unshare-ipc": 0,
  "--unshare-uts": 0,
  "--unshare-cgroup-try": 0,
  "--unshare-net": 0,
  "--disable-userns": 0,
  "--uid": 1,
  "--gid": 1,
  "--cap-drop": 1,
  "--seccomp": 1,
  "--chdir": 1,
  "--size": 1,
  "--perms": 1,
  "--tmpfs": 1,
  "--dir": 1,
  "--dev": 1,
  "--proc": 1,
  "--remount-ro": 1,
  "--ro-bind": 2,
  "--bind": 2,
  "--dev-bind": 2,
  "--symlink": 2,
  "--file": 2,
  "--setenv": 2,
};

function readSteps(reader: Reader): Step[] | undefined {
  const steps: Step[] = [];
  reader.next();
  for (let option = reader.next(); option !== "--"; option = reader.next()) {
    const count = option === undefined ? undefined : VALUES[option];
    if (option === undefined || count === undefined) return undefined;
    steps.push({ option, values: reader.take(count) });
  }
  return steps;
}

/** The program, an absolute path, comes after all options. */
function readInner(reader: Reader): { limits: string[]; command: Chain["command"] | undefined } {
  const limits: string[] = [];
  reader.take(2);
  let word = reader.next();
  for (; word?.startsWith("--"); word = reader.next()) {
    if (word === "--at") reader.take(2);
    if (word === "--limit") limits.push(...reader.take(1));
  }
  const argv = reader.rest();
  if (word === undefined || !word.startsWith("/") || argv.length === 0) {
    return { limits, command: undefined };
  }
  return { limits, command: { path: word, argv } };
}

function readSandbox(
  steps: readonly Step[],
  opened: readonly string[],
): Pick<Chain, "mounts" | "isNetworkOwn" | "workingDirectory" | "variables"> {
  const valuesOf = (wanted: string) =>
    steps.filter(({ option }) => option === wanted).map(({ values }) => values);
  return {
    mounts: steps.flatMap((step) => readMount(step, opened) ?? []),
    isNetworkOwn: valuesOf("--unshare-net").length > 0,
    workingDirectory: valuesOf("--chdir")[0]?.[0] ?? "/",
    variables: Object.fromEntries(
      valuesOf("--setenv").map(([name = "", value = ""]) => [name, value]),
    ),
  };
}

function readMount(
  { option, values: [first = "", second = ""] }: Step,
  opened: readonly string[],
): ChainMount | undefined {
  switch (option) {
    case "--bind":
    case "--dev-bind":
      return { kind: "rw", source: first, destination: second };
    case "--ro-bind":
      return { kind: "ro", source: first, destination: second };
    case "--file":
      return { kind: "ro", source: opened[Number(first) - FIRST_FILE] ?? "", destination: second };
    case "--symlink":
      return { kind: "link", target: first, destination: second };
    case "--tmpfs":
    case "--dev":
    case "--proc":
      return { kind: "private", destination: first };
    default:
      return undefined;
  }
}
