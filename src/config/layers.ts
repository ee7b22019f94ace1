import type { Layer, MountRule, VariableRule } from "../policy.ts";
import { findLine } from "./positions.ts";
import type { KeyPath } from "./positions.ts";
import type { ProfileDocument } from "./schema.ts";
import type { SourceText } from "./validate.ts";

/** Turn a validated document, or one profile of it, into a layer that knows its lines. */
export function layerFrom(source: SourceText, document: ProfileDocument, path: KeyPath): Layer {
  const at = (...key: KeyPath) => `${source.name}:${findLine(source.text, [...path, ...key])}`;
  const { command, network, seccomp } = document;
  return {
    uses: (document.uses ?? []).map((value, index) => ({ value, origin: at("uses", index) })),
    mounts: (document.mounts ?? []).map((mount, index) => mountFrom(mount, at("mounts", index))),
    pathAdd: (document.path_add ?? []).map((value, index) => ({
      value,
      origin: at("path_add", index),
    })),
    variables: variablesFrom(document.env ?? {}, at),
    ...(command && { command: { value: command, origin: at("command") } }),
    ...(network && { network: { value: network, origin: at("network") } }),
    ...(seccomp !== undefined && { seccomp: { value: seccomp, origin: at("seccomp") } }),
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
    origin,
  };
}

type EnvironmentDocument = NonNullable<ProfileDocument["env"]>;

function variablesFrom(env: EnvironmentDocument, at: (...key: KeyPath) => string): VariableRule[] {
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
  return [...passed, ...set];
}
