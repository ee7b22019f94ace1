import { lstatSync, readFileSync, readlinkSync, statfsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { INIT_INSIDE, PALE_INSIDE } from "../plan/system-mounts.ts";
import type { TableMount } from "../plan/mount-table.ts";
import { readMountTable } from "./mounts.ts";

/**
 * Whether this process runs in a sandbox of pale's. A wrong yes would run an agent without one,
 * so no variable and no file of the project has a say: the first process of this process
 * namespace must be pale's init program, and this process as confined as that one leaves it.
 *
 * Outside, `/run` and the first process are root's, so the first look ends it. Who can make
 * namespaces and run programs in them as this user can forge all of it, but has no need to.
 *
 * @param image the init program of this build
 * @throws UserError where only that one differs: what it would do is not known
 */
export function isInside(image: () => Uint8Array): boolean {
  const found = readInsideFacts();
  if (found === undefined || !judgeInside(found)) return false;
  if (Buffer.compare(found.init, image()) === 0) return true;
  throw new UserError("this sandbox was made by another build of pale", {
    origin: INIT_INSIDE,
    hint: `start it again, or use the one that made it: ${PALE_INSIDE}`,
  });
}

export type InsideFacts = {
  /** The type of file system at /proc. */
  proc: number;
  /** The executable of the first process; `undefined` where the kernel does not say. */
  first: string | undefined;
  /** Its command line, which only itself can have changed. */
  firstWords: string[];
  firstStatus: string;
  ownStatus: string;
  uidMap: string;
  mounts: TableMount[];
  init: Uint8Array;
};

/** Pure: the facts as they are inside, every one of them; but for the bytes of the init program. */
export function judgeInside(facts: InsideFacts): boolean {
  return (
    facts.proc === PROC_SUPER_MAGIC &&
    isFirst(facts) &&
    isConfined(facts.firstStatus) &&
    isConfined(facts.ownStatus) &&
    readField(facts.firstStatus, "Uid") === readField(facts.ownStatus, "Uid") &&
    mapsOneUser(facts.uidMap) &&
    isMadeByPale(facts.mounts)
  );
}

const PROC_SUPER_MAGIC = 0x9fa0;

/** The init program lets nobody inside look at its executable; its words are its own all the same. */
function isFirst({ first, firstWords }: InsideFacts): boolean {
  if (first !== undefined) return first === INIT_INSIDE;
  return firstWords[0] === INIT_INSIDE && firstWords[1] === "inner";
}

/** No privilege to gain, a system call filter, no capability. */
function isConfined(status: string): boolean {
  const isEmpty = (field: string) => /^0+$/u.test(readField(status, field));
  const holds = readField(status, "NoNewPrivs") === "1" && readField(status, "Seccomp") === "2";
  return holds && ["CapPrm", "CapEff", "CapBnd", "CapAmb"].every(isEmpty);
}

function readField(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, "mu").exec(status)?.[1] ?? "";
}

/** A user namespace with nobody in it but this user. */
function mapsOneUser(map: string): boolean {
  return /^\s*\d+\s+\d+\s+1\s*$/u.test(map);
}

/** The root is an empty one that nobody can write, and the init program is mounted in it. */
function isMadeByPale(mounts: readonly TableMount[]): boolean {
  const find = (place: string) => mounts.findLast((mount) => mount.place === place);
  const root = find("/");
  return root?.type === "tmpfs" && root.readOnly && find(INIT_INSIDE)?.readOnly === true;
}

function readInsideFacts(): InsideFacts | undefined {
  try {
    if (!lstatSync(INIT_INSIDE, { throwIfNoEntry: false })?.isFile()) return undefined;
    return {
      proc: statfsSync("/proc").type,
      first: readFirst(),
      firstWords: readFileSync("/proc/1/cmdline", "utf8").split("\0"),
      firstStatus: readFileSync("/proc/1/status", "utf8"),
      ownStatus: readFileSync("/proc/self/status", "utf8"),
      uidMap: readFileSync("/proc/self/uid_map", "utf8"),
      mounts: readMountTable(),
      init: readFileSync(INIT_INSIDE),
    };
  } catch {
    return undefined;
  }
}

function readFirst(): string | undefined {
  try {
    return readlinkSync("/proc/1/exe");
  } catch {
    return undefined;
  }
}
