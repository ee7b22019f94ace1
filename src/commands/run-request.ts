import { readSize } from "../config/size.ts";
import { isAbsolute } from "node:path";
import type { PlanReference } from "../shim/plan-reference.ts";
import { parseReference } from "../shim/plan-reference.ts";
import { splitSocket } from "../socket-words.ts";
import type { Access, Layer, Limit, MountRule, Sourced } from "../policy.ts";
import { ACCESSES, CLIPBOARDS, EMPTY_LAYER, LIMITS, MODES, NOTIFICATIONS } from "../policy.ts";
import {
  readEndpoint,
  readForward,
  readHost,
  readNetwork,
  readPublication,
  readRegistry,
} from "./network-options.ts";
import { badValue, expandPath, readWord } from "./option-values.ts";
import type { Place } from "./option-values.ts";
import type { RunArguments } from "./run-options.ts";
import { readLogin, readSshConfirmation } from "./credential-options.ts";
import { readVariable, readVariableCommand, readVariableFile } from "./variable-options.ts";

/** What the command line asks for, understood. */
export type RunRequest = {
  layer: Layer;
  profile: string | undefined;
  project: string | undefined;
  config: { kind: "user" } | { kind: "none" } | { kind: "file"; path: string };
  /** Whether the project's own file counts; see src/config/project-layer.ts. */
  projectFile: boolean;
  /** Note what the rules would refuse, and let it through. */
  learn: boolean;
  /** Said by a shim: CMD is what somebody typed. */
  shim: boolean;
  action: "run" | "print" | "print-json" | "help";
  command: string[];
  /** What the shim was written with, if it was one that called. */
  plan: PlanReference | undefined;
  /** The file to be run as `command`; without it, the one that is found by that name. */
  program: string | undefined;
};

/** @throws UserError when a value does not have the form its option takes */
export function readRunRequest({ options, command }: RunArguments, place: Place): RunRequest {
  const all = (name: string) => options.filter((option) => option.name === name);
  const last = (name: string) => all(name).at(-1)?.value;
  const config = readConfigChoice(options, place);
  const project = last("project");
  const dryRun = last("dry-run");
  return {
    layer: readLayer(options, place),
    profile: last("profile"),
    project: project === undefined ? undefined : expandPath(project, place),
    config,
    projectFile: config.kind !== "none" && all("no-project-file").length === 0,
    learn: all("learn").length > 0,
    shim: all("shim").length > 0,
    action: all("help").length > 0 ? "help" : readAction(dryRun),
    command,
    plan: readPlanReference(last("plan")),
    program: readProgram(last("program")),
  };
}

function readPlanReference(value: string | undefined): PlanReference | undefined {
  if (value === undefined) return undefined;
  const reference = parseReference(value);
  if (reference) return reference;
  throw badValue("--plan", value, "write the shim again: pale shims");
}

function readProgram(value: string | undefined): string | undefined {
  if (value === undefined || isAbsolute(value)) return value;
  throw badValue("--program", value, "an absolute path");
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
  overlay: (layer, value, place) => layer.mounts.push(readPath(value, "overlay", place)),
  mask: (layer, value, place) => layer.mounts.push(readPath(value, "mask", place)),
  socket: (layer, value, place) => layer.sockets.push(readSocket(value, place)),
  protect: (layer, value) => layer.protect.push(readProjectPath("--protect", value)),
  unprotect: (layer, value) => layer.unprotect.push(readProjectPath("--unprotect", value)),
  "env-file": (layer, value, place) => layer.variables.push(readVariableFile(value, place)),
  "env-command": (layer, value) => layer.variables.push(readVariableCommand(value)),
  limit: (layer, value) => layer.limits.push(readLimit(value)),
  mode: (layer, value) =>
    (layer.mode = { value: readWord("--mode", value, MODES), origin: "--mode" }),
  "path-add": (layer, value, place) =>
    layer.pathAdd.push({ value: expandPath(value, place), origin: "--path-add" }),
  env: (layer, value) => layer.variables.push(readVariable(value)),
  network: (layer, value) => (layer.network = { value: readNetwork(value), origin: "--network" }),
  allow: (layer, value) => layer.allow.push(readHost("--allow", value)),
  deny: (layer, value) => layer.deny.push(readHost("--deny", value)),
  registry: (layer, value) => layer.registries.push(readRegistry(value)),
  endpoint: (layer, value) => layer.endpoints.push(readEndpoint(value)),
  login: (layer, value) => layer.logins.push(readLogin(value)),
  "ssh-key": (layer, value) => layer.sshKeys.push({ value, origin: "--ssh-key" }),
  "ssh-confirm": (layer, value) => (layer.sshConfirm = readSshConfirmation(value)),
  forward: (layer, value) => layer.forwards.push(readForward(value)),
  publish: (layer, value) => layer.publish.push(readPublication(value)),
  notify: (layer, value) =>
    (layer.notify = { value: readWord("--notify", value, NOTIFICATIONS), origin: "--notify" }),
  clipboard: (layer, value) =>
    (layer.clipboard = {
      value: readWord("--clipboard", value, CLIPBOARDS),
      origin: "--clipboard",
    }),
  seccomp: (layer) => (layer.seccomp = { value: true, origin: "--seccomp" }),
  "no-seccomp": (layer) => (layer.seccomp = { value: false, origin: "--no-seccomp" }),
  "terminal-filter": (layer) =>
    (layer.terminalFilter = { value: true, origin: "--terminal-filter" }),
  "no-terminal-filter": (layer) =>
    (layer.terminalFilter = { value: false, origin: "--no-terminal-filter" }),
  "git-identity": (layer) => (layer.gitIdentity = { value: true, origin: "--git-identity" }),
  "no-git-identity": (layer) => (layer.gitIdentity = { value: false, origin: "--no-git-identity" }),
};

function readPath(value: string, access: Access, place: Place): MountRule {
  return { host: expandPath(value, place), access, missing: "fail", origin: `--${access}` };
}

/** `HOST[:INSIDE[:ACCESS]]`; read-only unless said otherwise. */
function readMount(value: string, place: Place): MountRule {
  const [host = "", inside, access = "ro", ...rest] = value.split(":");
  const known = ACCESSES.find((each) => each === access);
  if (host === "" || rest.length > 0 || known === undefined) {
    throw badValue("--mount", value, "--mount HOST[:INSIDE[:ro|rw|overlay|mask]]");
  }
  if (inside !== undefined && inside !== "" && !/^(?:~$|~\/|\/)/u.test(inside)) {
    throw badValue("--mount", value, "the path inside must be absolute or begin with `~/`");
  }
  const sandbox = inside ? { sandbox: expandPath(inside, place) } : {};
  const path = expandPath(host, place);
  return { host: path, ...sandbox, access: known, missing: "fail", origin: "--mount" };
}

function readSocket(value: string, place: Place): Sourced<string> {
  const text = value.startsWith("$") ? value : expandPath(value, place);
  if (splitSocket(text)) return { value: text, origin: "--socket" };
  throw badValue("--socket", value, "--socket 'PATH|$NAME[:INSIDE][?]'");
}

function readProjectPath(flag: string, value: string): Sourced<string> {
  const path = value.replace(/^\.\//u, "").replace(/\/+$/u, "");
  const isBelow = path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
  if (isBelow) return { value: path, origin: flag };
  throw badValue(flag, value, "a path below the project, without `..`");
}

function readLimit(value: string): Sourced<Limit> {
  const [, word, text = ""] = /^([a-z_]+)=(.+)$/u.exec(value) ?? [];
  const name = LIMITS.find((known) => known === word);
  const number = readSize(text);
  if (name === undefined || Number.isNaN(number)) {
    throw badValue("--limit", value, `${LIMITS.join(", ")}; as in \`memory=4G\``);
  }
  return { value: { name, value: number }, origin: "--limit" };
}
