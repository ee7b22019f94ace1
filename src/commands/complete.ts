import { loadConfiguration } from "../config/load.ts";
import { LISTS } from "../completion/definition.ts";
import type { List } from "../completion/definition.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { groupDenied } from "../log/denied.ts";
import { adviseOn } from "../log/advice.ts";
import { readLog } from "../log/follow.ts";
import { logFile } from "../log/path.ts";
import { nameOwnShims, readOwnShims } from "../shim/own-shims.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { findRunning } from "./running.ts";

/** A word that can stand there, and what it is. */
type Candidate = { word: string; about?: string };

/**
 * `pale complete LIST`: what shells offer, `WORD` or `WORD TAB ABOUT` a line. They quote the words,
 * but a word with characters that move the cursor is left out. Total and silent: whoever presses
 * Tab has asked for no message.
 */
export async function printCandidates(invocation: Invocation, list: string): Promise<void> {
  const found = await findCandidates(invocation, list).catch(() => []);
  const shown = found.filter(({ word }) => word !== "" && escapeUntrusted(word) === word);
  const lines = shown.map(({ word, about }) => {
    return about === undefined ? `${word}\n` : `${word}\t${escapeUntrusted(about)}\n`;
  });
  invocation.print(lines.join(""));
}

async function findCandidates(invocation: Invocation, list: string): Promise<Candidate[]> {
  const known = LISTS.find((each) => each === list);
  if (known === undefined) return [];
  if (known === "sandbox") return listSandboxes(invocation);
  return READERS[known](findDirectories(invocation.environment));
}

type Reader = (from: Directories) => Candidate[] | Promise<Candidate[]>;

const READERS: Readonly<Record<Exclude<List, "sandbox">, Reader>> = {
  profile: listProfiles,
  "denied-host": listDenied,
  "reached-host": listReached,
  "own-shim": (directories) => {
    return readOwnShims(nameOwnShims(directories)).map(({ name }) => ({ word: name }));
  },
};

async function listProfiles({ config, cache }: Directories): Promise<Candidate[]> {
  const { profiles } = await loadConfiguration({ kind: "user", directory: config }, cache);
  return Object.keys(profiles).map((word) => ({ word }));
}

const MOST_HOSTS = 30;

/** The rules that would let in what was refused of late. */
function listDenied(directories: Directories): Candidate[] {
  const rules = groupDenied(readLog(logFile(directories))).flatMap((group) => {
    const advice = adviseOn(group);
    const [profile] = group.profiles.keys();
    return advice.kind === "allow" ? [{ word: advice.rule, about: `refused to ${profile}` }] : [];
  });
  return takeLatest(rules);
}

function listReached(directories: Directories): Candidate[] {
  const hosts = readLog(logFile(directories)).flatMap((entry) => {
    if ("event" in entry || entry.verdict !== "allow") return [];
    return [{ word: entry.host, about: `reached by ${entry.profile}` }];
  });
  return takeLatest(hosts);
}

/** Each once, the latest first. */
function takeLatest(candidates: readonly Candidate[]): Candidate[] {
  const latest = new Map(candidates.toReversed().map((each) => [each.word, each] as const));
  return [...latest.values()].slice(0, MOST_HOSTS);
}

function listSandboxes(invocation: Invocation): Candidate[] {
  return findRunning(invocation).map(({ id, profile, project }) => {
    return { word: String(id), about: `${profile} in ${project}` };
  });
}
