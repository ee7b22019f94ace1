import type { HostFacts, Link, MountFact, Program, SystemEntry } from "../../src/plan/facts.ts";
import type { Policy, ResolvedMount } from "../../src/policy.ts";

/**
 * Facts of hosts that are not this one, as src/host would read them: a user `ada`
 * (1000) with the program `/usr/bin/agent`, in the project `/home/ada/project`.
 */
export function debian(changes: Partial<HostFacts> = {}): HostFacts {
  const system = [
    directory("/usr"),
    systemLink("/bin", "usr/bin"),
    systemLink("/sbin", "usr/sbin"),
    systemLink("/lib", "usr/lib"),
    systemLink("/lib64", "usr/lib64"),
  ];
  const etc = [
    directory("/etc/alternatives"),
    file("/etc/hosts"),
    etcLink("/etc/localtime", "/usr/share/zoneinfo/Europe/London"),
    file("/etc/passwd"),
    etcLink("/etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf"),
    directory("/etc/ssl"),
  ];
  return { ...COMMON, system, etc, etcSecrets: ["/etc/ssl/private"], ...changes };
}

/** The root file system of the FHS: no links, and /etc with files only. */
export function unmerged(changes: Partial<HostFacts> = {}): HostFacts {
  const system = ["/usr", "/bin", "/sbin", "/lib", "/lib64"].map(directory);
  const etc = [file("/etc/hosts"), file("/etc/resolv.conf")];
  return { ...COMMON, system, etc, ...changes };
}

/** Nearly all of /etc leads to the store through /etc/static. */
export function nixos(changes: Partial<HostFacts> = {}): HostFacts {
  const system = [
    directory("/usr"),
    directory("/bin"),
    directory("/nix/store"),
    systemLink("/run/current-system", "/nix/store/aaa-nixos-system"),
  ];
  const etc = [
    etcLink("/etc/hosts", "/nix/store/bbb-hosts"),
    etcLink("/etc/profiles", "/nix/store/ccc-etc/etc/profiles"),
    file("/etc/resolv.conf"),
    etcLink("/etc/ssl", "/nix/store/ccc-etc/etc/ssl"),
    etcLink("/etc/static", "/nix/store/ccc-etc/etc"),
  ];
  const path = [
    { path: "/run/current-system/sw/bin", real: "/nix/store/aaa-nixos-system/sw/bin" },
    { path: "/etc/profiles/per-user/ada/bin", real: "/nix/store/ddd-user-environment/bin" },
  ];
  return { ...COMMON, system, etc, path, ...changes };
}

export function nixOnDebian(changes: Partial<HostFacts> = {}): HostFacts {
  const host = debian();
  return { ...host, system: [...host.system, directory("/nix/store")], ...changes };
}

/** Where /home is a link to /var/home. */
export function homeBehindLink(changes: Partial<HostFacts> = {}): HostFacts {
  const links = [{ path: "/home", target: "var/home" }];
  const home = { ...COMMON.home, real: "/var/home/ada", links, all: ["/var/home/ada"] };
  const project = {
    root: "/var/home/ada/project",
    gitDirectories: [],
    workingDirectory: "/var/home/ada/project",
    links,
  };
  return debian({ home, project, ...changes });
}

const COMMON: HostFacts = {
  architecture: "x86_64",
  identity: { uid: 1000, gid: 1000, user: "ada", group: "ada", home: "/home/ada" },
  home: {
    path: "/home/ada",
    real: "/home/ada",
    links: [],
    all: ["/home/ada"],
    credentialFolders: ["/home/ada/.ssh", "/home/ada/.config/gh"],
    ownDirectories: ["/home/ada/.config/pale", "/home/ada/.cache/pale"],
  },
  state: "/home/ada/.local/state/pale",
  hostname: "analytical",
  system: [],
  etc: [],
  etcSecrets: [],
  tools: { bwrap: { path: "/usr/bin/bwrap", fingerprint: "1:2", version: "0.8.0" } },
  project: {
    root: "/home/ada/project",
    gitDirectories: [],
    workingDirectory: "/home/ada/project",
    links: [],
  },
  resources: { kernel: "6.1.0-18-amd64", cgroup: undefined },
  blacklist: undefined,
  mounts: [],
  program: { path: "/usr/bin/agent", links: [], exposed: [], directories: ["/usr/bin"] },
  path: ["/usr/bin", "/bin"].map((path) => ({ path, real: "/usr/bin" })),
  environment: { HOME: "/home/ada", SHELL: "/bin/bash", TERM: "xterm" },
  protected: [],
  registries: [],
  logins: [],
  authorities: undefined,
  sshAgent: undefined,
  sockets: [],
  controlSockets: [],
  gitIdentity: [],
  notifier: undefined,
  clipboard: undefined,
};

/** How a user's agent is installed: what src/host/program.ts finds. */
export const PROGRAMS = {
  npmGlobal: {
    path: "/home/ada/.npm-global/bin/claude",
    links: [
      {
        path: "/home/ada/.npm-global/bin/claude",
        target: "../lib/node_modules/@anthropic-ai/claude-code/cli.js",
      },
    ],
    exposed: ["/home/ada/.npm-global/lib/node_modules", "/usr/bin/node"],
    directories: ["/home/ada/.npm-global/bin", "/usr/bin"],
  },
  nvm: {
    path: "/home/ada/.nvm/versions/node/v22/bin/claude",
    links: [
      {
        path: "/home/ada/.nvm/versions/node/v22/bin/claude",
        target: "../lib/node_modules/@anthropic-ai/claude-code/cli.js",
      },
    ],
    exposed: [
      "/home/ada/.nvm/versions/node/v22/lib/node_modules",
      "/home/ada/.nvm/versions/node/v22",
    ],
    directories: ["/home/ada/.nvm/versions/node/v22/bin", "/home/ada/.nvm/versions/node/v22/bin"],
  },
  native: {
    path: "/home/ada/.local/bin/claude",
    links: [
      {
        path: "/home/ada/.local/bin/claude",
        target: "/home/ada/.local/share/claude/versions/2.0.1",
      },
    ],
    exposed: ["/home/ada/.local/share/claude/versions/2.0.1"],
    directories: ["/home/ada/.local/bin"],
  },
  pnpm: {
    path: "/home/ada/.local/share/pnpm/claude",
    links: [
      {
        path: "/home/ada/.local/share/pnpm/global/5/node_modules/@anthropic-ai/claude-code",
        target: "../../.pnpm/@anthropic-ai+claude-code@2/node_modules/@anthropic-ai/claude-code",
      },
    ],
    exposed: [
      "/home/ada/.local/share/pnpm/claude",
      "/home/ada/.local/share/pnpm/global/5/.pnpm",
      "/usr/bin/node",
    ],
    directories: ["/home/ada/.local/share/pnpm", "/usr/bin"],
  },
  nixProfile: {
    path: "/home/ada/.nix-profile/bin/claude",
    links: [
      {
        path: "/home/ada/.nix-profile",
        target: "/nix/var/nix/profiles/per-user/ada/profile",
      },
      { path: "/nix/var/nix/profiles/per-user/ada/profile", target: "profile-7-link" },
      {
        path: "/nix/var/nix/profiles/per-user/ada/profile-7-link",
        target: "/nix/store/eee-profile",
      },
      { path: "/nix/store/eee-profile/bin/claude", target: "/nix/store/fff-claude/bin/claude" },
    ],
    exposed: ["/nix/store/fff-claude/bin/claude"],
    directories: ["/home/ada/.nix-profile/bin"],
  },
} satisfies Record<string, Program>;

/** A mount of the policy, and what the host has for it. */
export function mountOf(
  host: string,
  rule: Partial<ResolvedMount> = {},
  found: Partial<Omit<MountFact, "mount">> = {},
): MountFact {
  const mount: ResolvedMount = {
    host,
    sandbox: undefined,
    access: "ro",
    missing: "fail",
    variable: undefined,
    seeds: [],
    protect: [],
    origin: "config.toml:1",
    ...rule,
  };
  return { kind: "present", mount, real: host, links: [], place: undefined, seeds: [], ...found };
}

export function policyOf(changes: Partial<Policy> = {}): Policy {
  return {
    profile: "claude",
    command: [],
    mounts: [],
    pathAdd: [],
    arguments: {},
    variables: [],
    network: "none",
    allow: [],
    deny: [],
    registries: [],
    endpoints: [],
    proxies: [],
    logins: [],
    sshKeys: [],
    sshConfirm: "log",
    forwards: [],
    publish: [],
    sockets: [],
    protect: [],
    unprotect: [],
    limits: [],
    mode: "allowlist",
    seccomp: true,
    terminalFilter: false,
    gitIdentity: false,
    notify: { value: "none", origin: "c:1" },
    clipboard: { value: "none", origin: "c:1" },
    warnings: [],
    ...changes,
  };
}

export function directory(path: string): SystemEntry {
  return { kind: "directory", path };
}

export function file(path: string): SystemEntry {
  return { kind: "file", path };
}

export function linkTo(path: string, target: string): Link {
  return { path, target };
}

function systemLink(path: string, target: string): SystemEntry {
  const real = target.startsWith("/") ? target : `/${target}`;
  return { kind: "link", path, target, real, realKind: "directory" };
}

function etcLink(path: string, real: string): SystemEntry {
  return { kind: "link", path, target: real, real, realKind: "file" };
}
