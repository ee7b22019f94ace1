import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type {
  Access,
  Forward,
  Layer,
  MountRule,
  NetworkMode,
  Publication,
  Registry,
  Sourced,
} from "../policy.ts";
import { EMPTY_LAYER, NETWORK_MODES, REGISTRIES } from "../policy.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import type { RunArguments } from "./run-options.ts";

/** What the command line asks for, understood. */
export type RunRequest = {
  layer: Layer;
  profile: string | undefined;
  project: string | undefined;
  config: { kind: "user" } | { kind: "none" } | { kind: "file"; path: string };
  /** Note what the rules would refuse, and let it through. */
  learn: boolean;
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
    learn: all("learn").length > 0,
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
  const layer: Layer = structuredClone(EMPTY_LAYER);
  for (const { name, value } of options) READERS[name]?.(layer, value, place);
  return layer;
}

type Reader = (layer: Layer, value: string, place: Place) => void;

/** The options that are settings, by name. */
const READERS: Record<string, Reader> = {
  uses: (layer, value) => layer.uses.push({ value, origin: "--uses" }),
  mount: (layer, value, place) => layer.mounts.push(readMount(value, place)),
  ro: (layer, value, place) => layer.mounts.push(readPath(value, "ro", place)),
  rw: (layer, value, place) => layer.mounts.push(readPath(value, "rw", place)),
  "path-add": (layer, value, place) =>
    layer.pathAdd.push({ value: expandPath(value, place), origin: "--path-add" }),
  env: (layer, value) => layer.variables.push(readVariable(value)),
  network: (layer, value) => (layer.network = { value: readNetwork(value), origin: "--network" }),
  allow: (layer, value) => layer.allow.push(readHost("--allow", value)),
  deny: (layer, value) => layer.deny.push(readHost("--deny", value)),
  registry: (layer, value) => layer.registries.push(readRegistry(value)),
  endpoint: (layer, value) => layer.endpoints.push(readEndpoint(value)),
  forward: (layer, value) => layer.forwards.push(readForward(value)),
  publish: (layer, value) => layer.publish.push(readPublication(value)),
  seccomp: (layer) => (layer.seccomp = { value: true, origin: "--seccomp" }),
  "no-seccomp": (layer) => (layer.seccomp = { value: false, origin: "--no-seccomp" }),
};

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
  const mode = NETWORK_MODES.find((known) => known === value);
  if (mode !== undefined) return mode;
  throw badValue("--network", value, "`none`, `filtered`, `open` or `host`");
}

function readHost(flag: string, value: string): Sourced<string> {
  const rule = parseHostRule(value);
  if ("problem" in rule) throw badValue(flag, value, rule.problem);
  return { value, origin: flag };
}

function readRegistry(value: string): Sourced<Registry> {
  const registry = REGISTRIES.find((known) => known === value);
  if (registry !== undefined) return { value: registry, origin: "--registry" };
  throw badValue("--registry", value, "`npm`, `pip` or `cargo`");
}

function readEndpoint(value: string): Sourced<string> {
  if (/^[A-Za-z_]\w*$/u.test(value)) return { value, origin: "--endpoint" };
  throw badValue("--endpoint", value, "the name of a variable that holds a URL");
}

function readForward(value: string): Sourced<Forward> {
  const [hostPort, sandboxPort] = readPorts("--forward", value);
  return { value: { hostPort, sandboxPort }, origin: "--forward" };
}

function readPublication(value: string): Sourced<Publication> {
  if (value === "auto") return { value: { kind: "auto" }, origin: "--publish" };
  const [sandboxPort, hostPort] = readPorts("--publish", value);
  return { value: { kind: "port", sandboxPort, hostPort }, origin: "--publish" };
}

/** `PORT[:PORT]`; the second is the same as the first when it is left out. */
function readPorts(flag: string, value: string): [number, number] {
  const [, first, second = first] = /^([1-9]\d{0,4})(?::([1-9]\d{0,4}))?$/u.exec(value) ?? [];
  const ports = [Number(first), Number(second)] as const;
  if (ports.every((port) => port <= 65_535)) return [...ports];
  throw badValue(flag, value, "a port from 1 to 65535, or two with a colon between them");
}

function expandPath(path: string, { workingDirectory, home }: Place): string {
  if (path === "~" || path.startsWith("~/")) return resolve(join(home, path.slice(1)));
  return resolve(workingDirectory, path);
}

function badValue(flag: string, value: string, hint: string): UserError {
  return new UserError(`\`${flag}\` does not take \`${value}\``, { hint });
}
