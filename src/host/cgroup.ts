import { constants, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupFact } from "../plan/facts.ts";
import { isPermitted } from "./status.ts";

/** Where the kernel shows control groups, and which is this process's. */
export type CgroupPlace = { root: string; own: string; pid: number };

const PLACE = { root: "/sys/fs/cgroup", own: "/proc/self/cgroup" };

/**
 * Can this process divide the control group that it is in? It must be the caller's to
 * write, have the memory controller, and hold nothing else: the kernel lets no group have
 * both processes and divided memory.
 */
export function readCgroup(place: Partial<CgroupPlace> = {}): CgroupFact {
  const { root, own, pid } = { ...PLACE, pid: process.pid, ...place };
  const [, name] = /^0::(\/.*)$/mu.exec(readText(own)) ?? [];
  if (name === undefined) return none("there are no control groups (v2)");
  const path = join(root, name === "/" ? "" : name);
  const controllers = readText(join(path, "cgroup.controllers")).trim().split(" ");
  if (!controllers.includes("memory")) return none(`${path} has no memory controller`);
  const files = ["", "cgroup.procs", "cgroup.subtree_control"];
  if (!files.every((file) => isPermitted(join(path, file), constants.W_OK)))
    return none(`${path} is not yours`);
  const others = readText(join(path, "cgroup.procs"))
    .split("\n")
    .filter((line) => line !== "" && line !== String(pid));
  if (others.length > 0) return none(`other processes are in ${path}`);
  return { kind: "delegated", path };
}

function none(why: string): CgroupFact {
  return { kind: "none", why };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
