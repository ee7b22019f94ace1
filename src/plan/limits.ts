import { UserError } from "../errors.ts";
import type { Limit, LimitName, Policy, Sourced } from "../policy.ts";
import type { HostFacts } from "./facts.ts";
import type { Limits, MountOperation, ResourceLimit } from "./plan.ts";
import { isAtLeast } from "./version.ts";

/**
 * How each limit is enforced. One that cannot be enforced here stops the launch.
 *
 * @throws UserError that says what is missing
 */
export function planLimits({ limits }: Policy, facts: HostFacts): Limits {
  const find = (name: LimitName) => limits.find((limit) => limit.value.name === name);
  const size = find("tmp_size");
  const memory = find("memory");
  const processes = find("processes");
  if (processes) checkKernel(processes, facts);
  if (size) checkBubblewrap(size, facts);
  return {
    resources: limits.flatMap(({ value }) => planResource(value)),
    scratch: size && clamp(size.value.value),
    cgroup: memory && planCgroup(memory, facts),
  };
}

function planResource({ name, value }: Limit): ResourceLimit[] {
  switch (name) {
    case "processes":
    case "open_files":
    case "file_size":
      return [{ name, value: clamp(value) }];
    case "memory":
    case "tmp_size":
      return [];
  }
}

/** What is larger is no limit, but would not be written as digits. */
function clamp(value: number): number {
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

/** Before, the kernel counted all processes of the user, in every sandbox and in none. */
function checkKernel(limit: Sourced<Limit>, { resources }: HostFacts): void {
  if (isAtLeast(resources.kernel, [5, 14])) return;
  throw cannot(limit, `Linux ${resources.kernel} counts all of your processes`, {
    hint: "Linux 5.14 or newer counts those of a sandbox",
  });
}

function checkBubblewrap(limit: Sourced<Limit>, { tools }: HostFacts): void {
  const { path, version } = tools.bwrap;
  if (isAtLeast(version, [0, 7, 0])) return;
  throw cannot(limit, `${path} ${version} lacks --size (0.7.0)`, {
    hint: "install a newer bubblewrap",
  });
}

/** Not by RLIMIT_AS: JavaScript engines reserve far more than they ever use, and do not start. */
function planCgroup(limit: Sourced<Limit>, { resources }: HostFacts): Limits["cgroup"] {
  const { cgroup } = resources;
  if (cgroup?.kind === "delegated")
    return { parent: cgroup.path, memory: clamp(limit.value.value) };
  throw cannot(limit, cgroup?.why ?? "there are no control groups", {
    hint: "give it a control group: systemd-run --user --scope -p Delegate=yes pale run ...",
  });
}

function cannot({ value, origin }: Sourced<Limit>, why: string, { hint }: { hint: string }) {
  return new UserError(`the limit \`${value.name}\` cannot be enforced: ${why}`, { origin, hint });
}

/**
 * Give every directory of the sandbox's own making that can be written a size. /dev is one
 * by itself, so it is frozen, and /dev/shm mounted in it. /etc is frozen too, with what is copied to it.
 */
export function limitScratch(
  mounts: readonly MountOperation[],
  size: number | undefined,
): MountOperation[] {
  if (size === undefined) return [...mounts];
  const isFrozen = (mount: MountOperation) =>
    mounts.some(({ kind, destination }) => kind === "freeze" && destination === mount.destination);
  const sized = mounts.flatMap((mount): MountOperation[] => {
    if (mount.kind === "dev") return [mount, sharedMemory(size)];
    return [mount.kind === "tmpfs" && !isFrozen(mount) ? { ...mount, size } : mount];
  });
  const frozen = {
    kind: "freeze",
    destination: "/dev",
    why: "only /dev/shm can be written",
  } as const;
  const at = sized.findIndex(({ kind }) => kind === "freeze");
  return [...sized.slice(0, at), frozen, ...sized.slice(at)];
}

function sharedMemory(size: number): MountOperation {
  return { kind: "tmpfs", destination: "/dev/shm", mode: 0o1777, size, why: "private" };
}
