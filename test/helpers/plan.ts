import type { Files } from "../../src/plan/bwrap.ts";
import type { Plan } from "../../src/plan/plan.ts";

export const FILES: Files = {
  init: "/cache/init",
  filter: "/cache/filter",
  pale: "/home/ada/.local/bin/pale",
  nothing: "/cache/nothing",
  places: "/cache/places",
  sshAgent: "/cache/sockets/ssh-agent-1",
  network: undefined,
  texts: { "etc-passwd": "/cache/passwd" },
};

/** A small plan, as the planner could have made it. */
export function planOf(changes: Partial<Plan> = {}): Plan {
  return {
    profile: "claude",
    architecture: "x86_64",
    bwrap: { path: "/usr/bin/bwrap", fingerprint: "1:2", version: "0.8.0" },
    preparations: [],
    mounts: [
      { kind: "bind", access: "ro", source: "/usr", destination: "/usr", why: "programs" },
      { kind: "tmpfs", mode: 0o700, destination: "/home/ada", why: "an empty home" },
      {
        kind: "bind",
        access: "rw",
        source: "/home/ada/project",
        destination: "/home/ada/project",
        why: "the project",
      },
    ],
    isolation: { uid: 1000, gid: 1001, network: "none", nestedNamespaces: "closed-by-bwrap" },
    overlays: [],
    limits: { resources: [], scratch: undefined, cgroup: undefined },
    gate: undefined,
    notice: undefined,
    clipboard: undefined,
    sshAgent: undefined,
    terminalFilter: false,
    seccomp: { kind: "allowlist" },
    variables: [],
    workingDirectory: "/home/ada/project/src",
    command: { path: "/usr/bin/agent", argv: ["agent", "--flag", "two words"] },
    warnings: [],
    ...changes,
  };
}
