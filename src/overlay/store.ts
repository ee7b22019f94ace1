import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { STORE_NOTE, STORE_PARTS } from "../plan/overlays.ts";
import { contains } from "../plan/paths.ts";

/** The changes that agents of one project made to one directory. */
export type Store = {
  directory: string;
  /** Real path of the project's root. */
  project: string;
  /** Real path of the directory that the changes are to. */
  lower: string;
};

/**
 * The stores of a project, ordered by what they are about.
 *
 * @param state pale's directory for what it keeps
 */
export function listStores(state: string, project: string): Store[] {
  const parent = join(state, "overlays");
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .flatMap((name) => readStore(join(parent, name)) ?? [])
    .filter((store) => store.project === project)
    .sort((a, b) => (a.lower < b.lower ? -1 : 1));
}

/** Those about a path, or about something below it. */
export function selectStores(stores: readonly Store[], path: string | undefined): Store[] {
  return stores.filter(({ lower }) => path === undefined || contains(path, lower));
}

function readStore(directory: string): Store | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(join(directory, STORE_NOTE), "utf8"));
    const { project, lower } = note as Partial<Record<string, unknown>>;
    if (typeof project !== "string" || typeof lower !== "string") return undefined;
    return { directory, project, lower };
  } catch {
    return undefined;
  }
}

/** Where what was written is. */
export function upperOf({ directory }: Pick<Store, "directory">): string {
  return join(directory, STORE_PARTS.upper);
}

/** The kernel leaves a directory there that not even its owner may look into. */
export function removeStore({ directory }: Pick<Store, "directory">): void {
  const left = join(directory, STORE_PARTS.work, "work");
  if (existsSync(left)) chmodSync(left, 0o700);
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    openAll(Buffer.from(upperOf({ directory })));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The agent may have closed directories to their owner. Bytes, for it chose their names. */
function openAll(directory: Buffer): void {
  chmodSync(directory, 0o700);
  for (const name of readdirSync(directory, { encoding: "buffer" })) {
    const path = Buffer.concat([directory, SLASH, name]);
    if (lstatSync(path).isDirectory()) openAll(path);
  }
}

const SLASH = Buffer.from("/");

/**
 * The process that has the overlay mounted, if there is one: its changes are not whole yet.
 *
 * @param directory of the store
 */
export function findUser(directory: string): number | undefined {
  const merged = join(directory, STORE_PARTS.merged);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .find((pid) => readWords(pid).includes(merged));
}

function readWords(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
