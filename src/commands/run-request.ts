import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Access, Layer, MountRule, NetworkMode } from "../policy.ts";
import type { RunArguments } from "./run-options.ts";

/** What the command line asks for, understood. */
export type RunRequest = {
  layer: Layer;
  profile: string | undefined;
  project: string | undefined;
  config: { kind: "user" } | { kind: "none" } | { kind: "file"; path: string };
  action: "run" | "print" | "print-json" | "help";
  command: string[];
};

/** Where words of the command line are relative to. */
export type Place = { workingDirectory: string; home: string };

/** @throws UserError when a value does not have the form its option takes */
export function readRunRequest({ options, command }: RunArguments, place: Place): RunRequest {
  const all = (name: string) => options.filter((option) => option.name === name);
  const last = (name: string) => all(name).at(-1)?.value;
  const project = last("project");
  const dryRun = last("dry-run");
  return {
    layer: readLayer(options, place),
    profile: last("profile"),
    project: project === undefined ? undefined : expandPath(project, place),
    config: readConfigChoice(options, place),
    action: all("help").length > 0 ? "help" : readAction(dryRun),
    command,
  };
}

type Options = RunArguments["options"];

function readAction(dryRun: string | undefined): RunRequest["action"] {
  if (dryRun === undefined) return "run";
  if (dryRun === "") return "print";
  if (dryRun === "json") return "print-json";
  throw badValue("--dry-run", dryRun, "leave the value out, or say `--dry-run=json`");
}

function readConfigChoice(options: Options, place: Place): RunRequest["config"] {
  const chosen = options.findLast(({ name }) => name === "config" || name === "no-config");
  if (chosen === undefined) return { kind: "user" };
  if (chosen.name === "no-config") return { kind: "none" };
  return { kind: "file", path: expandPath(chosen.value, place) };
}

function readLayer(options: Options, place: Place): Layer {
  const layer: Layer = { uses: [], mounts: [], pathAdd: [], variables: [] };
  for (const { name, value } of options) {
    const origin = `--${name}`;
    if (name === "uses") layer.uses.push({ value, origin });
    if (name === "mount") layer.mounts.push(readMount(value, place));
    if (name === "ro" || name === "rw") layer.mounts.push(readPath(value, name, place));
    if (name === "path-add") layer.pathAdd.push({ value: expandPath(value, place), origin });
    if (name === "env") layer.variables.push(readVariable(value));
    if (name === "network") layer.network = { value: readNetwork(value), origin };
    if (name === "seccomp") layer.seccomp = { value: true, origin };
    if (name === "no-seccomp") layer.seccomp = { value: false, origin };
  }
  return layer;
}

function readPath(value: string, access: Access, place: Place): MountRule {
  return { host: expandPath(value, place), access, missing: "fail", origin: `--${access}` };
}

/** `HOST[:INSIDE[:ro|rw]]`; read-only unless said otherwise. */
function readMount(value: string, place: Place): MountRule {
  const [host = "", inside, access = "ro", ...rest] = value.split(":");
  const isKnown = access === "ro" || access === "rw";
  if (host === "" || rest.length > 0 || !isKnown) {
    throw badValue("--mount", value, "--mount HOST[:INSIDE[:ro|rw]]");
  }
  if (inside !== undefined && inside !== "" && !/^(?:~$|~\/|\/)/u.test(inside)) {
    throw badValue("--mount", value, "the path inside must be absolute or begin with `~/`");
  }
  const sandbox = inside ? { sandbox: expandPath(inside, place) } : {};
  return { host: expandPath(host, place), ...sandbox, access, missing: "fail", origin: "--mount" };
}

function readVariable(value: string): Layer["variables"][number] {
  const [, name, text] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([\s\S]*))?$/u.exec(value) ?? [];
  if (name === undefined) throw badValue("--env", value, "--env NAME or --env NAME=VALUE");
  if (text === undefined) return { kind: "pass", name, origin: "--env" };
  return { kind: "set", name, value: text, origin: "--env" };
}

function readNetwork(value: string): NetworkMode {
  if (value === "none" || value === "host") return value;
  throw badValue("--network", value, "`none` or `host`");
}

function expandPath(path: string, { workingDirectory, home }: Place): string {
  if (path === "~" || path.startsWith("~/")) return resolve(join(home, path.slice(1)));
  return resolve(workingDirectory, path);
}

function badValue(flag: string, value: string, hint: string): UserError {
  return new UserError(`\`${flag}\` does not take \`${value}\``, { hint });
}
