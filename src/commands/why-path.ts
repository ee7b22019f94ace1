import { constants } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { isPermitted, readStatus, readTarget } from "../host/status.ts";
import { classifyInside, findInside } from "../plan/inside.ts";
import type { HostEntry, Inside, PathState } from "../plan/inside.ts";
import { STORE_PARTS } from "../plan/overlays.ts";
import { contains } from "../plan/paths.ts";
import type { MountOperation, Overlay, Plan } from "../plan/plan.ts";
import type { Layer } from "../policy.ts";
import { EMPTY_LAYER } from "../policy.ts";
import { type Answer, nameScope } from "./answer.ts";
import { listCandidates } from "./path-candidates.ts";
import type { Known } from "./why.ts";

/**
 * What a program inside finds at a path, which mount decides, and what would change that.
 * Every change that is named has been planned: it leads to what it promises.
 *
 * @param path absolute, as programs inside would say it
 */
export async function explainPath(path: string, known: Known): Promise<Answer> {
  const { plan } = known;
  const inside = findInside(path, plan.mounts, (hostPath) => look(hostPath, plan.overlays));
  if (isStandIn(inside, plan)) return explainStandIn(path, inside);
  const state = classifyInside(inside, plan.mounts);
  const lacking = state === "not there" ? undefined : findLacking(inside, state, plan.overlays);
  return {
    kind: "path",
    subject: path,
    state: nameState(inside, state, lacking),
    reason: describeReason(inside, { path, lacking }),
    origin: inside.mount?.why,
    change: lacking === undefined ? await suggest(path, { state, inside, known }) : [],
  };
}

/** Written at the launch, whether it is there now or not. */
function isStandIn({ hostPath }: Inside, { gate }: Plan): boolean {
  return (gate?.logins ?? []).some(({ home, file }) => hostPath === join(home, basename(file)));
}

/** Nothing is suggested: a launch that would show the real one is refused. */
function explainStandIn(path: string, { mount }: Inside): Answer {
  return {
    kind: "path",
    subject: path,
    state: "a log-in of placeholders",
    reason: "made at the launch; the supervisor puts the real tokens into requests",
    origin: mount?.why,
    change: [],
  };
}

function look(hostPath: string, overlays: readonly Overlay[]): HostEntry {
  const shown = findShown(hostPath, overlays);
  const status = readStatus(shown);
  // An overlay's note that something has been removed.
  if (!status || (shown !== hostPath && status.isCharacterDevice())) return undefined;
  const target = status.isSymbolicLink() ? readTarget(shown) : undefined;
  return target === undefined ? { kind: "other" } : { kind: "link", target };
}

/** What an earlier run left in the overlay counts before what the host has. */
function findShown(hostPath: string, overlays: readonly Overlay[]): string {
  const overlay = overlays.find(({ lower }) => contains(lower, hostPath));
  if (overlay === undefined) return hostPath;
  const kept = join(overlay.store, STORE_PARTS.upper, hostPath.slice(overlay.lower.length));
  return readStatus(kept) === undefined ? hostPath : kept;
}

/** The permission that the host's file lacks for what the mount would let through. */
function findLacking(
  inside: Inside,
  state: PathState,
  overlays: readonly Overlay[],
): "read" | "write" | undefined {
  if (inside.hostPath === undefined) return undefined;
  const hostPath = findShown(inside.hostPath, overlays);
  const isDirectory = readStatus(hostPath)?.isDirectory() ?? false;
  const needed = isDirectory ? constants.R_OK | constants.X_OK : constants.R_OK;
  if (!isPermitted(hostPath, needed)) return "read";
  return state === "read-write" && !isPermitted(hostPath, constants.W_OK) ? "write" : undefined;
}

function nameState({ mount }: Inside, state: PathState, lacking: string | undefined): string {
  if (lacking === "read") return "unreadable";
  if (lacking === "write") return "read-only";
  if (mount?.kind === "held") return "protected (not there, and cannot be made)";
  if (state === "protected") return "protected (read-only in a writable place)";
  if (state === "own") return "the sandbox's own";
  const isOverlay = mount?.kind === "bind" && mount.access === "overlay";
  return isOverlay && state === "read-write" ? "read-write, changes kept apart" : state;
}

function describeReason(
  { mount, path: reached, kind, hostPath }: Inside,
  { path, lacking }: { path: string; lacking: string | undefined },
): string {
  const way = reached === path ? "" : `it leads to ${reached}; `;
  if (lacking !== undefined)
    return `${way}its permissions on the host do not let you ${lacking} it`;
  if (mount === undefined) return `${way}nothing is mounted there`;
  const isMissing = kind === "missing" && hostPath !== undefined;
  return `${way}${isMissing ? "the host has nothing there; " : ""}${describeMount(mount)}`;
}

function describeMount(mount: MountOperation): string {
  const { destination } = mount;
  switch (mount.kind) {
    case "bind":
      if (mount.copied) return `a copy of ${mount.source}, made at the start`;
      return mount.source === destination
        ? `${mount.access} mount of ${destination}`
        : `${mount.access} mount of ${mount.source} on ${destination}`;
    case "tmpfs":
      return `a new, empty ${destination}`;
    case "held":
      return `nothing can be made at ${destination}`;
    case "mask":
      return `something empty in the place of ${destination}`;
    default:
      return `pale makes ${destination} anew`;
  }
}

type Situation = { state: PathState; inside: Inside; known: Known };

async function suggest(path: string, { state, inside, known }: Situation): Promise<string[]> {
  const { root } = known.facts.project;
  const isOnHost = readStatus(path) !== undefined;
  const mount = inside.mount?.destination;
  const candidates = listCandidates({ path, mount, root, isOnHost, home: known.home }, state);
  let problem: string | undefined;
  for (const { label, layer, flag, toml } of candidates) {
    const tried = await tryPlan(known, { ...EMPTY_LAYER, ...layer });
    if (tried.kind === "refused") problem ??= tried.message;
    if (tried.kind === "refused" || !isChanged(path, { state, plan: tried.plan })) continue;
    const scope = nameScope(known.plan.profile);
    return [`${label}, for one run: pale run ${flag}`, `for good, ${scope}: ${toml}`];
  }
  return problem === undefined ? [] : [`no mount changes that: ${problem}`];
}

type Tried = { kind: "planned"; plan: Plan } | { kind: "refused"; message: string };

async function tryPlan(known: Known, layer: Layer): Promise<Tried> {
  try {
    return { kind: "planned", plan: await known.replan(layer) };
  } catch (error) {
    if (error instanceof UserError) return { kind: "refused", message: error.message };
    throw error;
  }
}

function isChanged(path: string, { state, plan }: { state: PathState; plan: Plan }): boolean {
  const inside = findInside(path, plan.mounts, (hostPath) => look(hostPath, plan.overlays));
  const after = classifyInside(inside, plan.mounts);
  const isUsable = after === "not there" || findLacking(inside, after, plan.overlays) === undefined;
  return WANTED[state].includes(after) && isUsable;
}

const WANTED: Record<PathState, readonly PathState[]> = {
  "not there": ["read-only", "protected"],
  "read-only": ["read-write"],
  "read-write": ["masked", "protected", "not there"],
  protected: ["read-write", "not there"],
  masked: ["read-only", "read-write"],
  own: [],
};
