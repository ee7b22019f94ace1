import { LIMITS } from "../policy.ts";
import type {
  Forward,
  Layer,
  Limit,
  MountRule,
  Publication,
  Sourced,
  VariableRule,
} from "../policy.ts";
import { readSize } from "./size.ts";
import { proxyFrom } from "./proxy-layer.ts";
import { findLine } from "./positions.ts";
import type { KeyPath } from "./positions.ts";
import type { ProfileDocument } from "./schema.ts";
import type { SourceText } from "./validate.ts";

/** Turn a validated document, or one profile of it, into a layer that knows its lines. */
export function layerFrom(source: SourceText, document: ProfileDocument, path: KeyPath): Layer {
  const at = (...key: KeyPath) => `${source.name}:${findLine(source.text, [...path, ...key])}`;
  const list = <T>(key: string, values: readonly T[] = []): Sourced<T>[] => {
    return values.map((value, index) => ({ value, origin: at(key, index) }));
  };
  return {
    uses: list("uses", document.uses),
    mounts: (document.mounts ?? []).map((mount, index) => mountFrom(mount, at("mounts", index))),
    pathAdd: list("path_add", document.path_add),
    arguments: list("arguments", document.arguments),
    variables: variablesFrom(document.env ?? {}, at),
    allow: list("allow", document.allow),
    deny: list("deny", document.deny),
    registries: list("registries", document.registries),
    endpoints: list("endpoints", document.endpoints),
    proxies: list("proxies", document.proxies?.map(proxyFrom)),
    logins: list("logins", document.logins),
    sshKeys: list("ssh_keys", document.ssh_keys),
    forwards: list("forwards", document.forwards?.map(forwardFrom)),
    publish:
      document.publish === "auto"
        ? [{ value: { kind: "auto" }, origin: at("publish") }]
        : list("publish", document.publish?.map(publicationFrom)),
    sockets: list("sockets", document.sockets),
    protect: list("protect", document.protect),
    unprotect: list("unprotect", document.unprotect),
    limits: limitsFrom(document.limits ?? {}, at),
    ...scalarsFrom(document, at),
  };
}

function scalarsFrom(document: ProfileDocument, at: At) {
  const { command, network, seccomp, mode, git_identity, ssh_confirm } = document;
  const { warning, notify, clipboard, terminal_filter } = document;
  const scalar = <T>(value: T, key: string): Sourced<T> => ({ value, origin: at(key) });
  return {
    ...(mode && { mode: scalar(mode, "mode") }),
    ...(command && { command: scalar(command, "command") }),
    ...(network && { network: scalar(network, "network") }),
    ...(seccomp !== undefined && { seccomp: scalar(seccomp, "seccomp") }),
    ...(terminal_filter !== undefined && {
      terminalFilter: scalar(terminal_filter, "terminal_filter"),
    }),
    ...(git_identity !== undefined && { gitIdentity: scalar(git_identity, "git_identity") }),
    ...(notify && { notify: scalar(notify, "notify") }),
    ...(clipboard && { clipboard: scalar(clipboard, "clipboard") }),
    ...(ssh_confirm && { sshConfirm: scalar(ssh_confirm, "ssh_confirm") }),
    ...(warning !== undefined && { warning: scalar(warning, "warning") }),
  };
}

type MountDocument = NonNullable<ProfileDocument["mounts"]>[number];

function mountFrom(mount: MountDocument, origin: string): MountRule {
  const missing = mount.create ? "create-directory" : mount.optional ? "skip" : "fail";
  return {
    host: mount.host,
    ...(mount.sandbox !== undefined && { sandbox: mount.sandbox }),
    access: mount.access,
    missing,
    ...(mount.variable !== undefined && { variable: mount.variable }),
    ...(mount.seed !== undefined && { seeds: mount.seed }),
    ...(mount.protect !== undefined && { protect: mount.protect }),
    origin,
  };
}

type ForwardDocument = NonNullable<ProfileDocument["forwards"]>[number];

function forwardFrom({ host_port, sandbox_port }: ForwardDocument): Forward {
  return { hostPort: host_port, sandboxPort: sandbox_port ?? host_port };
}

type PublicationDocument = Exclude<NonNullable<ProfileDocument["publish"]>, "auto">[number];

function publicationFrom(publication: PublicationDocument): Publication {
  const { sandbox_port, host_port = sandbox_port } =
    typeof publication === "number" ? { sandbox_port: publication } : publication;
  return { kind: "port", sandboxPort: sandbox_port, hostPort: host_port };
}

type At = (...key: KeyPath) => string;

function limitsFrom(limits: NonNullable<ProfileDocument["limits"]>, at: At): Sourced<Limit>[] {
  return LIMITS.flatMap((name) => {
    const value = limits[name];
    if (value === undefined) return [];
    return [{ value: { name, value: readSize(value) }, origin: at("limits", name) }];
  });
}

type EnvironmentDocument = NonNullable<ProfileDocument["env"]>;

function variablesFrom(env: EnvironmentDocument, at: At): VariableRule[] {
  const passed = (env.pass ?? []).map((name, index): VariableRule => ({
    kind: "pass",
    name,
    origin: at("env", "pass", index),
  }));
  const set = Object.entries(env.set ?? {}).map(([name, value]): VariableRule => ({
    kind: "set",
    name,
    value,
    origin: at("env", "set", name),
  }));
  const files = Object.entries(env.file ?? {}).map(([name, path]): VariableRule => ({
    kind: "file",
    name,
    path,
    origin: at("env", "file", name),
  }));
  const commands = Object.entries(env.command ?? {}).map(([name, command]): VariableRule => ({
    kind: "command",
    name,
    command,
    origin: at("env", "command", name),
  }));
  return [...passed, ...set, ...files, ...commands];
}
