import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { HiddenPath } from "../plan/facts.ts";
import { decodeWord, findMount } from "../plan/mount-table.ts";
import { comparePaths, contains } from "../plan/paths.ts";
import { MOVED_BY, NAMED_BY, SENSITIVE } from "../plan/sensitive.ts";
import type { Environment } from "./directories.ts";
import { followLinks } from "./links.ts";
import { readNames, readStatus } from "./status.ts";

/** Whose sensitive paths are looked for: real paths, and the variables that move some. */
export type Owner = { homes: readonly string[]; own: readonly string[]; environment: Environment };

/**
 * What is sensitive and there: past all links, parents first, nothing that is below
 * something else. One `lstat` for each path and one listing for each directory with a `*`:
 * no tree is walked.
 */
export function readSensitive({ homes, own, environment }: Owner): HiddenPath[] {
  const bases = homes.map((home) => (path: string) => join(home, path));
  const moved = Object.entries(MOVED_BY).flatMap(([name, prefix]) => {
    const value = environment[name];
    if (!value?.startsWith("/")) return [];
    return [
      (path: string) => (path.startsWith(prefix) ? join(value, path.slice(prefix.length)) : ""),
    ];
  });
  const all = SENSITIVE.flatMap(({ name, paths }) =>
    paths.flatMap((path) =>
      (path.startsWith("/") ? [path] : [...bases, ...moved].map((base) => base(path)))
        .filter(Boolean)
        .flatMap(expand)
        .flatMap((found) => identify(found, name)),
    ),
  );
  const named = NAMED_BY.flatMap((name) =>
    (environment[name] ?? "").split(":").flatMap((path) => identify(path, name)),
  );
  const pales = own.flatMap((path) => identify(path, "pale's own"));
  const sockets = readSockets().flatMap((path) => identify(path, "a socket"));
  const others = readOtherHomes(homes).flatMap((path) => identify(path, "another user's home"));
  const found = [...all, ...named, ...pales, ...others, ...sockets];
  return keepOutermost([...found, ...readCopies(found)], homes);
}

/** A path with `*` in the names that there are; without, itself. */
function expand(pattern: string): string[] {
  const parts = pattern.split("/").filter(Boolean);
  return parts.reduce<string[]>(
    (found, part) => found.flatMap((directory) => matchNames(directory, part)),
    ["/"],
  );
}

function matchNames(directory: string, part: string): string[] {
  if (!part.includes("*")) return [join(directory, part)];
  const words = part
    .split("*")
    .map((word) => word.replaceAll(/[.+^$(){}|[\]\\?]/gu, String.raw`\$&`));
  const wanted = new RegExp(`^${words.join(".*")}$`, "u");
  return readNames(directory)
    .filter((name) => wanted.test(name))
    .map((name) => join(directory, name));
}

function identify(path: string, why: string): HiddenPath[] {
  if (!path.startsWith("/") || !readStatus(path)) return [];
  const real = followLinks(path)?.real;
  const status = real === undefined ? undefined : readStatus(real);
  if (real === undefined || !status) return [];
  return [{ path: real, entry: status.isDirectory() ? "directory" : "file", why }];
}

/** Never what holds a home, nor `/etc` as a whole: a variable may say anything. */
function keepOutermost(found: readonly HiddenPath[], homes: readonly string[]): HiddenPath[] {
  const candidates = found
    .filter(({ path }) => path.lastIndexOf("/") > 0)
    .filter(({ path }) => !homes.some((home) => contains(path, home)))
    .sort((a, b) => comparePaths(a.path, b.path));
  const kept: HiddenPath[] = [];
  for (const each of candidates) {
    const last = kept.at(-1);
    if (last === undefined || !contains(last.path, each.path)) kept.push(each);
  }
  return kept;
}

/**
 * The sockets that somebody listens on, wherever: a read-only mount does not stop anyone
 * from connecting. The kernel lists them, so nothing has to be searched.
 */
function readSockets(): string[] {
  try {
    const lines = readFileSync("/proc/net/unix", "utf8").split("\n");
    return lines.flatMap((line) => /^(?:\S+ +){6}\S+ (\/.*)$/u.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** The same under the name of another mount, as of `/sysroot`, or of a whole btrfs. */
function readCopies(found: readonly HiddenPath[]): HiddenPath[] {
  const mounts = readMounts();
  return found.flatMap(({ path, entry, why }) => {
    const own = findMount(path, mounts);
    if (own === undefined) return [];
    const inside = join(own.root, relative(own.place, path));
    return mounts
      .filter((each) => each !== own && each.device === own.device && contains(each.root, inside))
      .map(({ place, root }) => join(place, relative(root, inside)))
      .filter((copy) => copy !== path && isSame(copy, path))
      .map((copy) => ({ path: copy, entry, why }));
  });
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [readStatus(one), readStatus(other)];
  return a !== undefined && b !== undefined && a.ino === b.ino;
}

type Mount = { device: string; root: string; place: string };

function readMounts(): Mount[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [, , device = "", root = "", place = ""] = line.split(" ").map(decodeWord);
      return { device, root, place };
    });
}

/** Of the password database; those that lie below /home are not shown anyway. */
function readOtherHomes(homes: readonly string[]): string[] {
  const ordinary = 1000;
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, , uid = "", , , home = "/"] = line.split(":");
        const isOther = Number(uid) >= ordinary && !homes.includes(home);
        return isOther && home.split("/").length > 2 ? [home] : [];
      });
  } catch {
    return [];
  }
}
