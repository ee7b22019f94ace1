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
  const { filter, workingDirectory, variables } = chain;
  return {
    path: init,
    argv: [
      init,
      "enter",
      String(inner.pid),
      inner.start,
      filter,
      workingDirectory,
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
  const [, path] = /^0::(\/.*)$/mu.exec(readFact(id, "cgroup") ?? "") ?? [];
  if (path === undefined || basename(path) !== `pale-${id}` || path === readOwnPath()) return;
  try {
    writeFileSync(`/sys/fs/cgroup${path}/cgroup.procs`, String(pid), { flag: "r+" });
  } catch (error) {
    throw new UserError("the limit `memory` of the sandbox cannot be enforced here", {
      origin: error instanceof Error ? error.message : String(error),
      hint: "start it where the kernel lets it change groups: systemd-run --user --scope pale exec ...",
    });
  }
}

function readOwnPath(): string | undefined {
  return /^0::(\/.*)$/mu.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
}
