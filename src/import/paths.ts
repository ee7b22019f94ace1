import { join, relative, resolve } from "node:path";
import { contains } from "../plan/paths.ts";
import type { Place } from "./document.ts";

/** A path as a foreign file writes it. `host` is what pale's `mounts` take. */
export type ForeignPath =
  | { kind: "pattern" }
  /** The project, or what holds it or the home directory. */
  | { kind: "around"; host: string; isProject: boolean }
  | { kind: "inside"; host: string; below: string }
  | { kind: "elsewhere"; host: string };

/** Relative paths are the project's; `~` is the home directory. Variables and patterns are not followed. */
export function readPath(written: string, { home, project }: Place): ForeignPath {
  if (/[*?[\]{}$\u0000-\u001F\u007F]/u.test(written) || written === "") return { kind: "pattern" };
  if (/^~[^/]/u.test(written)) return { kind: "pattern" };
  const isHome = written === "~" || written.startsWith("~/");
  const path = isHome ? join(home, written.slice(1)) : resolve(project, written);
  const absolute = path === "/" ? path : path.replace(/\/+$/u, "");
  const isAround = contains(absolute, project) || contains(absolute, home);
  if (isAround) return { kind: "around", host: absolute, isProject: absolute === project };
  if (contains(project, absolute)) {
    return { kind: "inside", host: absolute, below: relative(project, absolute) };
  }
  const host = contains(home, absolute) ? `~/${relative(home, absolute)}` : absolute;
  return { kind: "elsewhere", host };
}

/** Whether a path of `mounts` is one of others, or below one. */
export function isWithin(host: string, others: readonly string[]): boolean {
  return others.some((other) => contains(other, host));
}

/** Whether pale makes this place anew, private and writable, in every sandbox. */
export function isScratch(host: string): boolean {
  return isWithin(host, ["/tmp", "/var/tmp", "/dev"]);
}
