import { join } from "node:path";
import type { Placeholder } from "./facts.ts";
import { STORE_PARTS } from "./overlays.ts";
import type { Isolation, MountOperation, Overlay, Plan, ResourceLimit } from "./plan.ts";
import { INIT_INSIDE } from "./system-mounts.ts";

/** Host files that stand for what the plan holds as text or bytes. */
export type Files = {
  /** By the name of a `text` mount. */
  texts: Readonly<Record<string, string>>;
  init: string;
  /** pale's own executable. */
  pale: string;
  /** An empty directory. */
  nothing: string;
  /** The directory of the init program's notes about placeholders. */
  places: string;
  /** The socket for programs that want something signed; the init program makes and removes it. */
  sshAgent: string;
  /** The description of the listening sockets; there when the plan has a gate. */
  network: string | undefined;
  /** The assembled system call filter. */
  filter: string;
};

/**
 * One step of the command line, with the reason that `--dry-run` prints. `secret`: the
 * last word is the value of this variable of the caller's, not to be printed.
 */
export type Step = { words: string[]; why: string; secret?: string };

/**
 * What must be mounted at a destination, as `MAJOR:MINOR:INODE`; only at launch, because it
 * must be as fresh as can be. See src/launch/identities.ts.
 */
export type Identities = Readonly<Record<string, string>>;

/** The descriptor at which the init program opens the first of its files; see docs/init.md. */
export const FIRST_FILE = 200;

/** Stands among the texts when something masks a file. */
export const EMPTY_FILE = "empty";

/**
 * The whole chain as a command line: the init program outside, bubblewrap, the init
 * program inside, the agent. No value of the environment stands in it, except those
 * that bubblewrap must not start with.
 */
export function renderChain(plan: Plan, files: Files, identities: Identities = {}): Step[] {
  const copied = numberCopied(plan);
  return [
    { words: [files.init, "outer"], why: "passes signals and job control on" },
    { words: [files.filter], why: `the system call filter, opened as ${FIRST_FILE}` },
    ...renderCopied(copied, files),
    ...renderTerminal(plan, "relays the terminal, without what acts on more than the screen"),
    ...renderGate(plan, files),
    ...renderSshAgent(plan, files),
    ...renderPlaces(plan, files),
    ...plan.overlays.map((overlay) => renderOverlay(overlay, identities)),
    { words: ["--", plan.bwrap.path], why: "makes the sandbox" },
    ...renderIsolation(plan.isolation),
    renderFilter(plan),
    ...plan.mounts.map((mount) => renderMount(mount, { plan, files, copied })),
    { words: ["--chdir", plan.workingDirectory], why: "where the caller is" },
    ...renderLateVariables(plan),
    { words: ["--", INIT_INSIDE, "inner"], why: "first process inside" },
    ...renderTerminal(plan, "leads a session on a terminal of its own"),
    ...(listHeld(plan).length > 0 ? [ANNOUNCE] : []),
    ...renderIdentities(identities, plan.overlays),
    ...plan.limits.resources.map(renderLimit),
    {
      words: [plan.command.path, ...plan.command.argv],
      why: "the program, its name, its arguments",
    },
  ];
}

/** The descriptors that the init program opens them at, after the filter's. */
type CopiedFiles = ReadonlyMap<MountOperation, number>;

function numberCopied({ mounts }: Plan): CopiedFiles {
  const copied = mounts.filter(isCopied);
  return new Map(copied.map((mount, index) => [mount, FIRST_FILE + 1 + index]));
}

function isCopied(mount: MountOperation): boolean {
  return (mount.kind === "bind" || mount.kind === "text") && mount.copied === true;
}

function renderCopied(copied: CopiedFiles, files: Files): Step[] {
  return [...copied].map(([mount, descriptor]) => ({
    words: [findCopied(mount, files)],
    why: `opened as ${descriptor}`,
  }));
}

function findCopied(mount: MountOperation, files: Files): string {
  if (mount.kind === "text") return files.texts[mount.name] ?? "";
  return mount.kind === "bind" ? mount.source : "";
}

function renderTerminal({ terminalFilter }: Plan, why: string): Step[] {
  return terminalFilter ? [{ words: ["--terminal"], why }] : [];
}

function renderGate({ gate }: Plan, { network, pale }: Files): Step[] {
  if (network === undefined) return [];
  if (!gate) return [{ words: ["--network", network], why: "a user namespace, for overlays" }];
  return [
    { words: ["--network", network], why: "an empty network, and listening sockets in it" },
    { words: ["--supervisor", pale], why: "serves them, outside" },
  ];
}

function renderSshAgent({ sshAgent }: Plan, files: Files): Step[] {
  if (!sshAgent) return [];
  const names = sshAgent.keys.map(({ fingerprint, comment }) => `${fingerprint} ${comment}`);
  const why = `a socket for signatures with ${names.join(", ")}; the supervisor serves it`;
  return [{ words: ["--ssh-agent", files.sshAgent], why }];
}

/** The init program mounts it, and looks whether it still is what the launcher saw. */
function renderOverlay({ lower, destination, store, why }: Overlay, identities: Identities): Step {
  const parts = Object.values(STORE_PARTS).map((part) => join(store, part));
  return { words: ["--overlay", lower, identities[destination] ?? "", ...parts], why };
}

const ANNOUNCE: Step = { words: ["--places"], why: "tells when nothing inside runs any more" };

/** Before anything is mounted over them, and until nothing inside can see them any more. */
function renderPlaces(plan: Plan, { places }: Files): Step[] {
  const held = listHeld(plan);
  if (held.length === 0) return [];
  return [
    { words: ["--places", places], why: "notes about placeholders, to remove them by" },
    ...held.map(({ source, placeholder, why }) => ({
      words: ["--place", namePlaceholder(placeholder), source],
      why: `a placeholder; ${why}`,
    })),
  ];
}

function namePlaceholder(placeholder: Placeholder): string {
  return placeholder.kind === "file" ? `=${placeholder.text}` : placeholder.kind;
}

export type Held = Extract<MountOperation, { kind: "held" }>;

/** In the order in which the init program numbers its places. */
export function listHeld({ mounts }: Plan): Held[] {
  return mounts.filter((mount) => mount.kind === "held");
}

/** What is shown over a placeholder: a device without its driver, or an empty one of pale's. */
export function findHeldSource({ placeholder }: Held, files: Files): string {
  switch (placeholder.kind) {
    case "nothing":
      return "/dev/null";
    case "directory":
      return files.nothing;
    case "file":
      return files.texts[nameHeldText(placeholder.text)] ?? "";
  }
}

/** Its name among the texts. */
export function nameHeldText(text: string): string {
  return `held${Buffer.from(text).toString("hex")}`;
}

function renderFilter({ seccomp }: Plan): Step {
  const why = {
    allowlist: "only calls on the allowlist",
    denylist: "all calls but those that lead out",
  };
  return { words: ["--seccomp", String(FIRST_FILE)], why: why[seccomp.kind] };
}

function renderIsolation({ uid, gid, network, nestedNamespaces }: Isolation): Step[] {
  const closed = nestedNamespaces === "closed-by-bwrap";
  return [
    { words: ["--die-with-parent", "--as-pid-1"], why: "nothing outlives the launcher" },
    { words: ["--unshare-user", "--unshare-pid", "--unshare-ipc"], why: "own namespaces" },
    { words: ["--unshare-uts", "--unshare-cgroup-try"], why: "own namespaces" },
    ...(network === "none" ? [{ words: ["--unshare-net"], why: "loopback only" }] : []),
    { words: ["--uid", String(uid), "--gid", String(gid)], why: "the same user as outside" },
    { words: ["--cap-drop", "ALL"], why: "a read-only bind stays read-only" },
    ...(closed ? [{ words: ["--disable-userns"], why: "no nested user namespaces" }] : []),
  ];
}

type Rendering = { plan: Plan; files: Files; copied: CopiedFiles };

function renderMount(mount: MountOperation, { plan, files, copied }: Rendering): Step {
  const { destination, why } = mount;
  const descriptor = copied.get(mount);
  if (descriptor !== undefined) {
    return { words: ["--perms", "0644", "--file", String(descriptor), destination], why };
  }
  const overlay = plan.overlays.find((each) => each.destination === destination);
  const words = overlay
    ? ["--bind", join(overlay.store, STORE_PARTS.merged), destination]
    : renderMountWords(mount, files);
  return { words, why };
}

function renderMountWords(mount: MountOperation, files: Files): string[] {
  const { destination } = mount;
  if (isOwnFile(mount)) return ["--ro-bind", findOwnFile(mount, files), destination];
  switch (mount.kind) {
    case "bind":
      return [nameBind(mount), mount.source, destination];
    case "link":
      return ["--symlink", mount.target, destination];
    case "tmpfs":
      return [...renderSize(mount.size), "--perms", octal(mount.mode), "--tmpfs", destination];
    case "mask":
      return renderMask(mount, files);
    case "directory":
      return ["--perms", octal(mount.mode), "--dir", destination];
    case "dev":
    case "proc":
      return [`--${mount.kind}`, destination];
    case "freeze":
      return ["--remount-ro", destination];
    case "held":
      return ["--ro-bind", findHeldSource(mount, files), destination];
  }
}

function renderSize(size: number | undefined): string[] {
  return size === undefined ? [] : ["--size", String(size)];
}

function renderMask(mount: MaskOperation, files: Files): string[] {
  const { of, destination } = mount;
  if (of === "file") return ["--ro-bind", files.texts[EMPTY_FILE] ?? "", destination];
  return ["--perms", octal(0o555), "--tmpfs", destination];
}

type MaskOperation = Extract<MountOperation, { kind: "mask" }>;

/** A device in any other bind does not work: who mounts one writable means it. */
function nameBind({ access, source }: Extract<MountOperation, { kind: "bind" }>): string {
  if (access !== "rw") return "--ro-bind";
  return source.startsWith("/dev/") ? "--dev-bind" : "--bind";
}

type OwnFile = Extract<MountOperation, { kind: "text" | "init" | "pale" | "ssh-agent" }>;

function isOwnFile(mount: MountOperation): mount is OwnFile {
  return OWN_FILES.has(mount.kind);
}

const OWN_FILES: ReadonlySet<MountOperation["kind"]> = new Set([
  "text",
  "init",
  "pale",
  "ssh-agent",
]);

function findOwnFile(mount: OwnFile, files: Files): string {
  if (mount.kind === "text") return files.texts[mount.name] ?? "";
  return mount.kind === "ssh-agent" ? files.sshAgent : files[mount.kind];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** An overlay is something new, whose numbers nobody can tell before. */
function renderIdentities(identities: Identities, overlays: readonly Overlay[]): Step[] {
  return Object.entries(identities)
    .filter(([place]) => overlays.every(({ destination }) => destination !== place))
    .map(([destination, identity]) => ({
      words: ["--at", destination, identity],
      why: "what must be mounted there",
    }));
}

function renderLimit({ name, value }: ResourceLimit): Step {
  return { words: ["--limit", `${name}=${value}`], why: "set before the agent starts" };
}

function renderLateVariables({ variables }: Plan): Step[] {
  return variables
    .filter(({ when }) => when === "late")
    .map(({ name, value, from }) => ({
      words: ["--setenv", name, value],
      why: "not for bubblewrap itself",
      ...(from === "host" && { secret: name }),
    }));
}
