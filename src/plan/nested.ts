import { UserError, UserErrors } from "../errors.ts";
import type { Step } from "./bwrap.ts";
import { findMount } from "./mount-table.ts";
import type { TableMount } from "./mount-table.ts";
import { contains } from "./paths.ts";
import type { MountOperation, Plan, ResourceLimit } from "./plan.ts";
import { isProtection } from "./protection.ts";

/**
 * A plan, as far as it can be held inside a sandbox that is there already. What the inner one
 * gives beyond the outer one is not there anyway; what it takes away is taken away by the init
 * program (src/init/nested.c), or the launch is refused. So the two come to their intersection.
 */
export type NestedPlan = {
  /** What may be used of the file system; all else of it is closed. */
  rules: NestedRule[];
  limits: ResourceLimit[];
  /** The network of the sandbox around it, or none. */
  internet: boolean;
};

export type NestedRule = { access: Right; path: string; why: string };

/** `list`: the names in it and below, for pale itself. */
type Right = "list" | "read" | "write";

/** What is known of the sandbox around it. */
export type Surroundings = {
  mounts: readonly TableMount[];
  /** Do both names lead to the same file or directory? */
  isSame: (a: string, b: string) => boolean;
};

/** @throws UserErrors with everything that cannot be enforced here */
export function nestPlan(plan: Plan, surroundings: Surroundings): NestedPlan {
  const problems = [
    ...findOverlays(plan),
    ...findMounts(plan, surroundings),
    ...findExceptions(plan.mounts, surroundings.mounts),
    ...findNetwork(plan),
    ...findLimits(plan),
    ...findTerminal(plan),
  ];
  if (problems.length > 0) throw new UserErrors(problems);
  return {
    rules: [...plan.mounts.flatMap(planRule), ...DEVICES],
    limits: plan.limits.resources,
    internet: plan.isolation.network === "host",
  };
}

const REMEDY = "leave it out, or run it outside of the sandbox";

function refuse(what: string, origin: string, hint: string = REMEDY): UserError {
  return new UserError(`${what} cannot be held inside another sandbox`, { origin, hint });
}

function findOverlays({ overlays }: Plan): UserError[] {
  return overlays.map(({ lower, why }) => refuse(`the overlay of \`${lower}\``, why));
}

/** No mount can be made: what is shown elsewhere is there already, or it is not. */
function findMounts({ mounts }: Plan, { isSame }: Surroundings): UserError[] {
  return mounts.flatMap((mount) => {
    if (mount.kind !== "bind" || mount.source === mount.destination) return [];
    const { source, destination, why } = mount;
    if (isSame(source, destination)) return [];
    return [refuse(`\`${source}\` at another place, \`${destination}\`,`, why)];
  });
}

/**
 * Less inside of more: a rule holds for all that is below, so only a mount of the sandbox around
 * it can make the exception.
 */
function findExceptions(
  mounts: readonly MountOperation[],
  outer: readonly TableMount[],
): UserError[] {
  const open = mounts.filter((mount) => {
    if (mount.kind === "link" || mount.kind === "freeze") return false;
    const { destination } = mount;
    const around = mounts.filter(
      (other) => other.destination !== destination && contains(other.destination, destination),
    );
    return rank(mount) < Math.max(0, ...around.map(rank)) && !isHeld(mount, outer);
  });
  const [first, ...rest] = open.filter(isProtection);
  const others = open.filter((mount) => !isProtection(mount));
  return [
    ...others.map((mount) => refuse(describeException(mount), mount.why)),
    ...(first ? [refuseProtection(first, rest.length)] : []),
  ];
}

/** Of another project there are a dozen. */
function refuseProtection(first: MountOperation, more: number): UserError {
  const count = more > 0 ? ` (and ${more} more)` : "";
  const hint = "start in the project of the sandbox around it, `--unprotect` it, or run it outside";
  return refuse(`${describeException(first)}${count}`, first.why, hint);
}

function describeException({ kind, destination }: MountOperation): string {
  const isEmpty = kind === "mask" || kind === "tmpfs";
  if (isEmpty) return `something empty in the place of \`${destination}\``;
  return `\`${destination}\` read-only in what can be written`;
}

/** How much of what is mounted can be used: nothing, reading, all. */
function rank(mount: MountOperation): 0 | 1 | 2 {
  if (mount.kind === "bind") return mount.access === "rw" ? 2 : 1;
  return READABLE.has(mount.kind) ? 1 : 0;
}

const READABLE: ReadonlySet<MountOperation["kind"]> = new Set(["text", "init", "pale", "held"]);

/** By a mount, which can be neither written, moved away nor mounted over. */
function isHeld(mount: MountOperation, outer: readonly TableMount[]): boolean {
  const { destination, kind } = mount;
  const found = findMount(destination, outer);
  const isEmpty = found?.place === destination && found.type === "tmpfs";
  if (kind === "tmpfs") return isEmpty && contains("/etc", destination);
  return found?.readOnly === true && (kind !== "mask" || isEmpty);
}

/** Rules for hosts are a supervisor's, and the one that there is has its own. */
function findNetwork({ gate, isolation, clipboard, sshAgent }: Plan): UserError[] {
  if (clipboard) return [refuse("a choice about the clipboard", "clipboard")];
  if (sshAgent) return [refuse("a choice of ssh keys", "ssh_keys")];
  if (gate === undefined) return [];
  const { allow, found, open, publish, listeners, logins } = gate;
  const forwards = listeners.some(({ door }) => door === "forward");
  const isEmpty = [allow, found, publish, logins].every((list) => list.length === 0);
  if (isEmpty && !open && !forwards) return [];
  const hint = "`--network none`, or `--network host` for what the sandbox around it may reach";
  return [refuse("another choice of hosts", `network = "${isolation.network}"`, hint)];
}

function findLimits({ limits }: Plan): UserError[] {
  return [
    ...(limits.cgroup ? [refuse("a limit of memory", "limits.memory")] : []),
    ...(limits.scratch === undefined
      ? []
      : [refuse("a limit of scratch directories", "limits.tmp_size")]),
  ];
}

/** What the sandbox around it writes to cannot be seen from here. */
function findTerminal({ terminalFilter }: Plan): UserError[] {
  return terminalFilter ? [refuse("a filter of the terminal", "terminal_filter")] : [];
}

function planRule(mount: MountOperation): NestedRule[] {
  const { destination: path, why } = mount;
  if (path === "/etc") return [{ access: "list", path, why }];
  if (mount.kind === "proc") return [{ access: "read", path, why }];
  const right = rank(mount);
  return right === 0 ? [] : [{ access: right === 2 ? "write" : "read", path, why }];
}

/** Without /dev/shm and /dev/pts, which are shared with all of the sandbox. */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty", "console"].map(
  (name): NestedRule => ({ access: "write", path: `/dev/${name}`, why: "devices" }),
);

/**
 * The command line of the init program, up to the program.
 *
 * @param filter the file of the system call filter: the sandbox around it may have been started
 *   without
 */
export function renderNested({ rules, limits, internet }: NestedPlan, filter?: string): Step[] {
  return [
    { words: ["nested"], why: "confined further, in the sandbox that there is" },
    ...(internet ? [] : [{ words: ["--no-internet"], why: "no network, nor loopback" }]),
    ...(filter === undefined ? [] : [{ words: ["--filter", filter], why: "system calls" }]),
    ...rules.map(({ access, path, why }) => ({ words: [`--${access}`, path], why })),
    ...limits.map(({ name, value }) => ({
      words: ["--limit", `${name}=${value}`],
      why: "set before the program starts",
    })),
  ];
}
