import { readFileSync } from "node:fs";
import type { SystemCall } from "./interpret.ts";

/**
 * What the filter has to answer, worked out from the fixture and from the rules as the
 * documentation states them. Nothing here comes from src.
 */
export type Machine = "x86_64" | "aarch64";

export type Verdict = "ALLOW" | "KILL_PROCESS" | "EPERM" | "ENOSYS";

type Fixture = {
  allow: Record<Machine, string[]>;
  numbers: Record<Machine, Record<string, number>>;
};

export const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../fixtures/podman-seccomp.json", import.meta.url), "utf8"),
);

export const MACHINES: readonly Machine[] = ["x86_64", "aarch64"];

export const AUDIT: Record<Machine, number> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };

const RETURN_VALUES: Record<number, Verdict> = {
  0x7fff0000: "ALLOW",
  0x80000000: "KILL_PROCESS",
  0x00050001: "EPERM",
  0x00050026: "ENOSYS",
};

export function nameVerdict(value: number): string {
  return RETURN_VALUES[value] ?? `0x${value.toString(16)}`;
}

export function expectVerdict(machine: Machine, call: SystemCall): Verdict {
  if (call.audit !== AUDIT[machine]) return "KILL_PROCESS";
  if (call.number === 0xffffffff) return "ENOSYS";
  if (machine === "x86_64" && call.number >= 0x40000000) return "KILL_PROCESS";
  const name = NAMES[machine].get(call.number);
  if (!name || !fixture.allow[machine].includes(name)) return "ENOSYS";
  return RULES[name]?.(call.arguments.map((value) => Number(value & 0xffffffffn))) ?? "ALLOW";
}

const NAMES: Record<Machine, Map<number, string>> = {
  x86_64: indexByNumber("x86_64"),
  aarch64: indexByNumber("aarch64"),
};

function indexByNumber(machine: Machine): Map<number, string> {
  return new Map(Object.entries(fixture.numbers[machine]).map(([name, number]) => [number, name]));
}

/** The low halves of the arguments are all that counts. */
const RULES: Record<string, (low: number[]) => Verdict> = {
  clone: ([flags = 0]) =>
    [17, 25, 26, 27, 28, 29, 30].some((bit) => (flags >>> bit) % 2 === 1) ? "EPERM" : "ALLOW",
  ioctl: ([, request = 0]) => (request === 0x5412 || request === 0x541c ? "EPERM" : "ALLOW"),
  personality: ([value = 0]) =>
    [0, 0x8, 0x20000, 0x20008, 0xffffffff].includes(value) ? "ALLOW" : "ENOSYS",
  socket: ([family = 0, type = 0, protocol = 0]) => {
    if (family === 16) return protocol === 0 ? "ALLOW" : "EPERM";
    if (family === 2) return type % 16 === 10 ? "EPERM" : "ALLOW";
    return [0, 1, 10].includes(family) ? "ALLOW" : "EPERM";
  },
  socketpair: ([family = 0]) => (family === 1 ? "ALLOW" : "EPERM"),
};
