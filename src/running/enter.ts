import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "../errors.ts";
import type { Execution } from "../launch/execute.ts";
import type { Sandbox } from "./find.ts";
import { readFact } from "./process.ts";

/**
 * What this process becomes to run a command inside: the init program, with the environment
 * that the agent was given and nothing of the caller's.
 *
 * @throws UserError when another version of pale has started the sandbox
 */
export function planEntering(
  { inner, chain, environment, id }: Sandbox,
  command: readonly string[],
  init: string,
): Execution {
  if (!chain) {
    throw new UserError(`sandbox \`${id}\` was started by another version of pale`, {
      hint: `end it with: pale stop ${id}`,
    });
  }
  const { filter, workingDirectory, variables, terminalFilter } = chain;
  return {
    path: init,
    argv: [
      init,
      "enter",
      String(inner.pid),
      inner.start,
      filter,
      workingDirectory,
      ...(terminalFilter ? ["--terminal"] : []),
      "--",
      ...command,
    ],
    environment: { ...environment, ...variables, PWD: workingDirectory },
    kept: [],
  };
}

/**
 * Into the control group of a sandbox that has one of its own, so that its limit holds for what
 * is started now as well.
 *
 * @throws UserError when the kernel refuses
 */
export function joinCgroup({ id }: Sandbox, pid: number): void {
  const own = readFileSync("/proc/self/cgroup", "utf8");
  const path = findCgroup(id, { theirs: readFact(id, "cgroup") ?? "", own });
  if (path === undefined) return;
  try {
    writeFileSync(`/sys/fs/cgroup${path}/cgroup.procs`, String(pid), { flag: "r+" });
  } catch (error) {
    throw new UserError("the limit `memory` of the sandbox cannot be enforced here", {
      origin: error instanceof Error ? error.message : String(error),
      hint: "start it where the kernel lets it change groups: systemd-run --user --scope pale exec ...",
    });
  }
}

/**
 * The group that a launch has made for the sandbox; `undefined` where there is none, or this
 * process is in it. Both texts are those of `/proc/PID/cgroup`.
 */
export function findCgroup(
  id: number,
  { theirs, own }: { theirs: string; own: string },
): string | undefined {
  const path = parsePath(theirs);
  const isMade = path !== undefined && basename(path) === `pale-${id}`;
  return isMade && path !== parsePath(own) ? path : undefined;
}

function parsePath(text: string): string | undefined {
  return /^0::(\/.*)$/mu.exec(text)?.[1];
}
