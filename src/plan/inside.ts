import { dirname, join, resolve } from "node:path";
import { contains, MOST_LINKS } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { findCovering } from "./visible.ts";

/** What the host has at a path, itself and not what a link leads to. */
export type HostEntry = { kind: "link"; target: string } | { kind: "other" } | undefined;

/** What programs find at a path inside. */
export type Inside = {
  /** Past all links; the parts that nothing is there for are at its end. */
  path: string;
  /** `own`: the sandbox's own /dev and /proc, of which a plan knows no more. */
  kind: "there" | "missing" | "own";
  /** The mount that decides; absent where only the sandbox's empty root is. */
  mount: MountOperation | undefined;
  /** The host's path for the same thing, where the mount shows something of the host's. */
  hostPath: string | undefined;
};

/**
 * Walk a path as a program inside would: through the links that the sandbox is given and
 * through those of the host that lie in what is shown.
 *
 * @param path absolute
 * @param look what the host has at one of its paths
 */
export function findInside(
  path: string,
  mounts: readonly MountOperation[],
  look: (hostPath: string) => HostEntry,
): Inside {
  const pending = path.split("/").filter(Boolean);
  let real = "/";
  let links = 0;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    const next = resolve(real, part);
    const entry = lookInside(next, mounts, look);
    if (entry?.kind === "own") return describe("own", join(next, ...pending), mounts);
    if (entry === undefined || (entry.kind === "link" && links >= MOST_LINKS)) {
      return describe("missing", join(next, ...pending), mounts);
    }
    if (entry.kind === "link") {
      links += 1;
      const target = entry.target.startsWith("/") ? entry.target : `${real}/${entry.target}`;
      pending.unshift(...target.split("/").filter(Boolean));
    }
    real = entry.kind === "link" ? "/" : next;
  }
  return describe("there", real, mounts);
}

function lookInside(
  path: string,
  mounts: readonly MountOperation[],
  look: (hostPath: string) => HostEntry,
): HostEntry | { kind: "own" } {
  const link = mounts.find((mount) => mount.kind === "link" && mount.destination === path);
  if (link?.kind === "link") return { kind: "link", target: link.target };
  if (mounts.some(({ destination }) => contains(path, destination))) return { kind: "other" };
  const mount = findCovering(path, mounts);
  if (mount?.kind === "dev" || mount?.kind === "proc") return { kind: "own" };
  const hostPath = mount && findHostPath(mount, path);
  return hostPath === undefined ? undefined : look(hostPath);
}

function describe(kind: Inside["kind"], path: string, mounts: readonly MountOperation[]): Inside {
  const mount = findCovering(path, mounts);
  return { kind, path, mount, hostPath: mount && findHostPath(mount, path) };
}

/** Where on the host a path below a mount is; `undefined` where the mount shows nothing of it. */
function findHostPath(mount: MountOperation, path: string): string | undefined {
  if (mount.kind !== "bind" || isMask(mount)) return undefined;
  return join(mount.source, path.slice(mount.destination.length));
}

/** Empty, in the place of what the host has there. */
function isMask(mount: MountOperation): boolean {
  return mount.kind === "mask" || (mount.kind === "bind" && mount.access === "mask");
}

export type PathState = "not there" | "read-only" | "read-write" | "protected" | "masked" | "own";

/** What may be done with what is there, by its mount alone: the host's permissions come on top. */
export function classifyInside(
  { kind, mount }: Inside,
  mounts: readonly MountOperation[],
): PathState {
  if (kind === "own") return "own";
  if (mount !== undefined && isMask(mount)) return "masked";
  if (kind === "missing") return "not there";
  switch (mount?.kind) {
    case "bind":
      return mount.access === "ro" ? classifyReadOnly(mount, mounts) : "read-write";
    case "tmpfs":
      return isFrozen(mount.destination, mounts) ? "read-only" : "read-write";
    default:
      return (mount && STATES[mount.kind]) ?? "read-only";
  }
}

/** Of mounts that are the same whatever is around them. */
const STATES: Partial<Record<MountOperation["kind"], PathState>> = {
  held: "protected",
  dev: "own",
  proc: "own",
};

/** What is around it can be written, so it was taken out on purpose. */
function classifyReadOnly(mount: MountOperation, mounts: readonly MountOperation[]): PathState {
  const outer = findCovering(dirname(mount.destination), mounts);
  return outer?.kind === "bind" && outer.access !== "ro" ? "protected" : "read-only";
}

function isFrozen(path: string, mounts: readonly MountOperation[]): boolean {
  return mounts.some(({ kind, destination }) => kind === "freeze" && destination === path);
}
