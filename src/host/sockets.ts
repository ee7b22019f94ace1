import { isAbsolute, join, resolve } from "node:path";
import { listControlSockets } from "../plan/control-sockets.ts";
import type { SocketPlaces } from "../plan/control-sockets.ts";
import type { MountFact, SocketFact, SocketTarget } from "../plan/facts.ts";
import { contains, expandHome } from "../plan/paths.ts";
import type { Sourced } from "../policy.ts";
import { splitSocket } from "../socket-words.ts";
import type { Environment } from "./directories.ts";
import { followLinks } from "./links.ts";
import { readStatus } from "./status.ts";

export type SocketQuestion = { environment: Environment; uid: number; home: string };

/** What the host has for each socket that the policy names; nothing is connected to. */
export function readSockets(
  sockets: readonly Sourced<string>[],
  question: SocketQuestion,
): SocketFact[] {
  return sockets.map(({ value, origin }) => {
    const words = splitSocket(value);
    if (!words) throw new Error(`not the name of a socket: ${value}`);
    const { host, inside, optional } = words;
    const target = readTarget(host, question);
    if (target.kind !== "socket") return { name: host, origin, optional, target };
    const place = findInside(inside ?? host, question, inside === undefined) ?? target.real;
    const variable = nameVariable(host, place, question.environment);
    return { name: host, origin, optional, target: { ...target, place, variable } };
  });
}

/** The control sockets in directories that the policy shows, as real paths. */
export function findControlSockets(
  mounts: readonly MountFact[],
  question: SocketQuestion,
): string[] {
  const shown = mounts.filter(({ mount }) => mount.access !== "mask").map(({ real }) => real);
  const known = listControlSockets(findPlaces(question));
  const found = new Set(known.flatMap((path) => followLinks(path)?.real ?? []));
  return [...found].filter((path) => {
    const isBelow = shown.some((directory) => directory !== path && contains(directory, path));
    return isBelow && (readStatus(path)?.isSocket() ?? false);
  });
}

function findPlaces({ environment, uid, home }: SocketQuestion): SocketPlaces {
  return { uid, home, runtime: environment["XDG_RUNTIME_DIR"] || `/run/user/${uid}` };
}

function readTarget(host: string, question: SocketQuestion): SocketTarget {
  const path = findHostPath(host, question);
  if (path === undefined) {
    return { kind: "none", problem: `no variable says where \`${host}\` is` };
  }
  const followed = followLinks(path);
  if (!followed) return { kind: "none", problem: `the socket \`${path}\` does not exist` };
  const { real, links } = followed;
  if (!readStatus(real)?.isSocket()) {
    return { kind: "none", problem: `\`${path}\` is not a unix socket` };
  }
  const isHidden = isControl(real, question) && !isNamed(host, path, question);
  if (isHidden) return { kind: "control", real };
  return { kind: "socket", real, links, place: real, variable: undefined };
}

function isControl(path: string, question: SocketQuestion): boolean {
  const known = listControlSockets(findPlaces(question));
  return known.some((each) => each === path || followLinks(each)?.real === path);
}

/** A variable for something else (`$SSH_AUTH_SOCK`) or a link does not name a control socket. */
function isNamed(host: string, path: string, question: SocketQuestion): boolean {
  if (/^\$\w+$/u.test(host)) return host === "$DOCKER_HOST";
  const direct = path.replace(/^\/var\/run\//u, "/run/");
  const known = listControlSockets(findPlaces(question));
  return known.some((each) => each === direct || followLinks(each)?.real === direct);
}

function findHostPath(host: string, question: SocketQuestion): string | undefined {
  const [, name, rest] = /^\$(\w+)(\/.*)?$/u.exec(host) ?? [];
  if (name === undefined) return expandHome(host, question.home);
  const { runtime } = findPlaces(question);
  const value = name === "XDG_RUNTIME_DIR" ? runtime : (question.environment[name] ?? "");
  if (rest === undefined) return readValue(name, value, runtime);
  return isAbsolute(value) ? resolve(join(value, rest)) : undefined;
}

/** Of the variables that say where a socket is, three do so in a way of their own. */
function readValue(name: string, value: string, runtime: string): string | undefined {
  if (name === "DISPLAY") {
    const [, number] = /^(?:unix)?:(\d+)(?:\.\d+)?$/u.exec(value) ?? [];
    return number === undefined ? undefined : `/tmp/.X11-unix/X${number}`;
  }
  const path = name === "DOCKER_HOST" ? value.replace(/^unix:\/\//u, "") : value;
  if (isAbsolute(path)) return resolve(path);
  return name === "WAYLAND_DISPLAY" && path !== "" ? resolve(runtime, path) : undefined;
}

/**
 * Programs inside look below their own runtime directory for what is below the host's.
 *
 * @returns `undefined` for "where it is on the host"
 */
function findInside(
  inside: string,
  { environment, uid, home }: SocketQuestion,
  isDefault: boolean,
): string | undefined {
  const [, name, rest = ""] = /^\$(\w+)(\/.*)?$/u.exec(inside) ?? [];
  if (name === "XDG_RUNTIME_DIR") return resolve(`/run/user/${uid}${rest}`);
  if (isDefault) return undefined;
  return name === undefined
    ? expandHome(inside, home)
    : resolve("/", `${environment[name] ?? ""}${rest}`);
}

function nameVariable(host: string, place: string, environment: Environment) {
  const [, name] = /^\$(\w+)$/u.exec(host) ?? [];
  if (name === undefined) return undefined;
  if (name === "DISPLAY") return { name, value: environment[name] ?? "" };
  return { name, value: name === "DOCKER_HOST" ? `unix://${place}` : place };
}
