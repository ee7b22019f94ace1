import type { Forward, NetworkMode, Publication, Registry, Sourced } from "../policy.ts";
import { NETWORK_MODES, REGISTRIES } from "../policy.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { badValue } from "./option-values.ts";

/** Values of the options of `pale run` that are about the network. All throw a UserError. */

export function readNetwork(value: string): NetworkMode {
  const mode = NETWORK_MODES.find((known) => known === value);
  if (mode !== undefined) return mode;
  throw badValue("--network", value, "`none`, `filtered`, `open` or `host`");
}

export function readHost(flag: string, value: string): Sourced<string> {
  const rule = parseHostRule(value);
  if ("problem" in rule) throw badValue(flag, value, rule.problem);
  return { value, origin: flag };
}

export function readRegistry(value: string): Sourced<Registry> {
  const registry = REGISTRIES.find((known) => known === value);
  if (registry !== undefined) return { value: registry, origin: "--registry" };
  throw badValue("--registry", value, "`npm`, `pip` or `cargo`");
}

export function readEndpoint(value: string): Sourced<string> {
  if (/^[A-Za-z_]\w*$/u.test(value)) return { value, origin: "--endpoint" };
  throw badValue("--endpoint", value, "the name of a variable that holds a URL");
}

export function readForward(value: string): Sourced<Forward> {
  const [hostPort, sandboxPort] = readPorts("--forward", value);
  return { value: { hostPort, sandboxPort }, origin: "--forward" };
}

export function readPublication(value: string): Sourced<Publication> {
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
