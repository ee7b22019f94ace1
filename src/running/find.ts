import { join } from "node:path";
import { followToPlace } from "../host/links.ts";
import { ROOT_INIT } from "../host/root-init.ts";
import { contains } from "../plan/paths.ts";
import type { NetworkGate } from "../plan/plan.ts";
import type { NetworkMode } from "../policy.ts";
import { readSettings } from "../supervise/settings.ts";
import type { Chain } from "./chain.ts";
import { parseChain } from "./chain.ts";
import type { ProcessFact } from "./process.ts";
import {
  listProcesses,
  readBootTime,
  readFactLink,
  readUser,
  readWords,
  toDate,
} from "./process.ts";

/** A sandbox that runs. */
export type Sandbox = {
  /** The process id of its outermost process, the shell's child. */
  id: number;
  outer: ProcessFact;
  /** The first process inside. */
  inner: ProcessFact;
  /** These two, what is between them, and what serves them: all that ends with it. */
  parts: ProcessFact[];
  since: Date;
  profile: string;
  project: string;
  network: NetworkMode;
  gate: NetworkGate | undefined;
  /** Absent when another version of pale has started it. */
  chain: Chain | undefined;
  /** What the agent was started with; without what bubblewrap adds. */
  environment: Record<string, string>;
};

export type SandboxQuestion = { cache: string; uid: number };

/**
 * This user's running sandboxes, oldest first. There is no list that could be wrong: they are
 * found among the processes. Nothing inside of one can pass for one, because it is in another
 * process namespace, whatever it calls itself.
 */
export function findSandboxes({ cache, uid }: SandboxQuestion): Sandbox[] {
  const processes = listProcesses();
  const image = join(followToPlace(join(cache, "files")).real, "init-");
  const namespace = readFactLink("self", "ns/pid");
  const boot = readBootTime();
  return processes
    .filter(({ pid }) => readUser(pid) === uid && isOuter(pid, [image, ROOT_INIT], namespace))
    .flatMap((outer) => readSandbox(outer, { processes, namespace, boot }) ?? [])
    .sort((one, other) => Number(one.since) - Number(other.since));
}

/** With its file replaced since, the kernel says `FILE (deleted)`. */
function isOuter(pid: number, images: readonly string[], namespace: string | undefined): boolean {
  const file = readFactLink(pid, "exe");
  if (!images.some((image) => file?.startsWith(image))) return false;
  return namespace !== undefined && readFactLink(pid, "ns/pid") === namespace;
}

type Surroundings = {
  processes: readonly ProcessFact[];
  namespace: string | undefined;
  boot: number;
};

/** What is only starting has no first process yet; the sweeper never has one. */
function readSandbox(
  outer: ProcessFact,
  { processes, namespace, boot }: Surroundings,
): Sandbox | undefined {
  const words = readWords(outer.pid, "cmdline");
  if (words[1] !== "outer") return undefined;
  const children = listChildren(processes, outer);
  const grandchildren = children.flatMap((child) => listChildren(processes, child));
  const inner = grandchildren.find(({ pid }) => {
    const own = readFactLink(pid, "ns/pid");
    return own !== undefined && own !== namespace && readWords(pid, "cmdline")[1] === "inner";
  });
  if (!inner) return undefined;
  const chain = parseChain(words);
  const settings = findSettings(children);
  const environment = readEnvironment(outer.pid);
  return {
    id: outer.pid,
    outer,
    inner,
    parts: [outer, ...children, inner],
    since: toDate(outer.start, boot),
    profile: settings?.profile ?? environment["PALE_SANDBOX"] ?? "default",
    project: settings?.project ?? findProject(chain),
    network: nameNetwork(settings?.gate, chain),
    gate: settings?.gate,
    chain,
    environment,
  };
}

function listChildren(processes: readonly ProcessFact[], { pid }: ProcessFact): ProcessFact[] {
  return processes.filter(({ parent }) => parent === pid);
}

function findSettings(children: readonly ProcessFact[]) {
  for (const { pid } of children) {
    if (readWords(pid, "cmdline")[1] !== "supervise") continue;
    const environment = splitEntries(readWords(pid, "environ"));
    if (environment["PALE_SUPERVISOR"] !== undefined) return readSettings(environment).settings;
  }
  return undefined;
}

function readEnvironment(pid: number): Record<string, string> {
  const entries = readWords(pid, "environ");
  return splitEntries(entries.filter((entry) => !entry.startsWith("PALE_SUPERVISOR")));
}

function splitEntries(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}

/** Without a supervisor to ask: the directory to write in that the command was started in. */
function findProject(chain: Chain | undefined): string {
  if (!chain) return "/";
  const { mounts, workingDirectory } = chain;
  const around = mounts.filter(
    ({ kind, destination }) => kind === "rw" && contains(destination, workingDirectory),
  );
  const [closest] = around.sort((one, other) => other.destination.length - one.destination.length);
  return closest?.destination ?? workingDirectory;
}

function nameNetwork(gate: NetworkGate | undefined, chain: Chain | undefined): NetworkMode {
  if (gate) return gate.open ? "open" : "filtered";
  return chain?.isNetworkOwn ? "none" : "host";
}

/** The processes inside, also those that `pale exec` has started there. */
export function listInside({ inner }: Sandbox): ProcessFact[] {
  const namespace = readFactLink(inner.pid, "ns/pid");
  if (namespace === undefined) return [];
  return listProcesses().filter(({ pid }) => readFactLink(pid, "ns/pid") === namespace);
}
