import type { DoctorFacts, Resolution, ShellFact } from "../../src/doctor/facts.ts";

/** A machine with which nothing is wrong. */
export const SOUND: DoctorFacts = {
  kernel: "6.8.0-generic",
  settings: { unprivilegedUserns: 1, maxUserNamespaces: 15_000, apparmorRestricts: undefined },
  place: { wsl: undefined, container: undefined },
  bwrap: { path: "/usr/bin/bwrap", version: "0.12.0", packaged: "0.12.0-1", followsLinks: false },
  distribution: "debian",
  apparmor: { init: "absent", profile: "absent", ubuntu: false },
  trial: "works",
  seccomp: true,
  overlay: "works",
  cgroup: "delegated",
  limitsMemory: true,
  configuration: "right",
  log: "writable",
  upstream: { proxies: [], problems: [] },
  shims: {
    directory: "/shims",
    owner: "pale",
    names: ["claude"],
    broken: [],
    list: "readable",
    unusable: [],
    position: 0,
    loginShell: "bash",
    setUp: ["bash", "sh"],
    shells: [shell("bash", "interactive", { kind: "shim" })],
    launches: [],
  },
};

export function shell(name: string, mode: ShellFact["mode"], runs: Resolution): ShellFact {
  return { shell: name, mode, answers: [{ name: "claude", runs }] };
}
