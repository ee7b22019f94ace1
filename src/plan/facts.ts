import type { Login, Registry, ResolvedMount, Seed } from "../policy.ts";

/**
 * What the planner knows of the host: read by src/host, handed over as data, so that
 * a plan can be made (and tested) for any machine on any machine.
 */
export type HostFacts = {
  architecture: Architecture;
  identity: Identity;
  home: HomeFacts;
  /** pale's directory for what it keeps, past all links. */
  state: string;
  /** The machine's own name, when programs could look it up. */
  hostname: string | undefined;
  system: SystemEntry[];
  etc: SystemEntry[];
  /** Directories with private keys below what `etc` shows. */
  etcSecrets: string[];
  tools: SandboxTools;
  project: ProjectFacts;
  resources: ResourceFacts;
  /** In blacklist mode: the host's files, and which of them are hidden. */
  blacklist: BlacklistFacts | undefined;
  /** What stays as it is in the project and in agents' state; see src/plan/protected.ts. */
  protected: ProtectedFact[];
  mounts: MountFact[];
  program: Program;
  /** The caller's PATH entries that are directories and hold no shims. */
  path: PathEntry[];
  /** The caller's environment, already without what nobody may have. */
  environment: Readonly<Record<string, string | undefined>>;
  /** For those that the policy names. */
  registries: RegistryFact[];
  /** For those that the policy names. */
  sockets: SocketFact[];
  /** In the directories that mounts of the policy show; see src/plan/control-sockets.ts. */
  controlSockets: string[];
  /** Who commits; empty when the policy does not ask, or git does not say. */
  gitIdentity: GitSetting[];
  /** Of the log-ins that are to stay outside. */
  logins: LoginFact[];
  /** Where requests are looked at; else absent. */
  authorities: AuthorityFacts | undefined;
  /** Read when the policy names keys of the user's ssh agent. */
  sshAgent: SshAgentFact | undefined;
  /** Read when the policy asks to be told of what is refused. */
  notifier: NotifierFact | undefined;
  /** Read when the policy asks for the clipboard. */
  clipboard: ClipboardFact | undefined;
};

/** Where an agent's log-in is on the host, by real paths, and what is beside it. */
export type LoginFact = {
  login: Login;
  file: string;
  directory: string;
  /** A directory of pale's that may stand in the place of `directory`. */
  home: string;
  /** Names of the directories in `directory`; links are none. */
  shared: string[];
  /** Names of all that is in `home` already. */
  own: string[];
};

/** By what the user can be told: no terminal, no bell. */
export type NotifierFact =
  | { kind: "bell"; terminal: TerminalFact | undefined }
  /** Path of `notify-send`. */
  | { kind: "desktop"; program: string };

/** A terminal of the user's; its device number tells it from another one of the same name. */
export type TerminalFact = { path: string; device: number };

/** The program that reads the clipboard of the user's display; `none`: there is no display. */
export type ClipboardFact = { kind: "wayland" | "x11"; program: string } | { kind: "none" };

/** The user's ssh agent, and those of its keys that the policy names. */
export type SshAgentFact = {
  /** Real path of its socket. */
  socket: string;
  keys: SshKey[];
  /** Path of the program that asks the user; absent where nobody is to be asked. */
  askpass: string | undefined;
};

/** `blob` in base64, as in a public key's file; `fingerprint` as `SHA256:...`. */
export type SshKey = { blob: string; fingerprint: string; comment: string };

/** `text` is PEM; `bundles` are the real paths of the system's own files of the kind. */
export type AuthorityFacts = {
  text: string;
  bundles: string[];
  /** Files in Java's format by real path, and what is to be there inside: one character per byte. */
  javaStores: { path: string; content: string }[];
};

/** A setting of git's configuration, by its full name: `user.email`. */
export type GitSetting = { name: string; value: string };

/** A unix socket that the policy names. */
export type SocketFact = {
  /** As the policy has it: a path or `$NAME`. */
  name: string;
  origin: string;
  optional: boolean;
  target: SocketTarget;
};

export type SocketTarget =
  | {
      kind: "socket";
      real: string;
      links: Link[];
      /** Where it goes inside. */
      place: string;
      /** Tells programs inside where that is. */
      variable: { name: string; value: string } | undefined;
    }
  | { kind: "none"; problem: string }
  /** By a link, or a variable for something else, it is one that runs programs outside. */
  | { kind: "control"; real: string };

/** A package manager's registries, as the user has configured them. */
export type RegistryFact = {
  registry: Registry;
  /** Host rules, each with the place that it was read from. */
  hosts: { rule: string; origin: string }[];
  /** Files for the tool inside: no secrets in them. */
  files: string[];
  /** Settings for the tool inside: no secrets in them. */
  environment: { name: string; value: string }[];
  /** Every file that decided, links on the way included. */
  sources: string[];
};

export type Architecture = "x86_64" | "aarch64";

/** Who runs pale; the same names and numbers hold inside the sandbox. */
export type Identity = {
  uid: number;
  gid: number;
  user: string;
  group: string;
  /** The home directory that the password database names; HOME may be another. */
  home: string | undefined;
};

export type HomeFacts = {
  /** HOME as the caller has it; programs inside see the same. */
  path: string;
  real: string;
  links: Link[];
  /** Real paths of every home that is the user's: HOME, and the password database's. */
  all: string[];
  /** Real paths of the folders with credentials that exist, and where links lead. */
  credentialFolders: string[];
  /** Real paths of pale's own directories. */
  ownDirectories: string[];
};

/** A symbolic link met on the way to a file: where it is and what it says. */
export type Link = { path: string; target: string };

/** A directory, file or link of the operating system that programs need. */
export type SystemEntry =
  | { kind: "directory"; path: string }
  /** `small`: the caller may read it, it has at most 128 KiB, and only root can put another in its place. */
  | { kind: "file"; path: string; small?: true }
  | { kind: "link"; path: string; target: string; real: string; realKind: "directory" | "file" };

/** A program that pale runs outside the sandbox; see src/host/tools.ts. */
export type Tool = {
  path: string;
  /** Changes when the file does: device, inode, size and times. */
  fingerprint: string;
  version: string;
};

export type SandboxTools = { bwrap: Tool };

export type ProjectFacts = {
  /** Real path of the directory that the agent works in. */
  root: string;
  /** Git directories outside of the root that belong to it; see src/host/project.ts. */
  gitDirectories: string[];
  /** Real path of the directory to start in. */
  workingDirectory: string;
  /** Links on the caller's way to the working directory. */
  links: Link[];
};

export type ResourceFacts = {
  /** The kernel's release, as `uname -r` says it. */
  kernel: string;
  /** Read when the policy limits memory. */
  cgroup: CgroupFact | undefined;
};

/** The control group that pale is in: its own to divide, or why not. */
export type CgroupFact = { kind: "delegated"; path: string } | { kind: "none"; why: string };

export type BlacklistFacts = {
  /** What is shown of the top of the file system. */
  root: SystemEntry[];
  /** What is shown of /run. */
  run: SystemEntry[];
  /** Parents first, none below another. */
  hidden: HiddenPath[];
  /** Files of /etc that decide where names are looked up, and where they are past all links. */
  files: { path: string; real: string; isThere: boolean }[];
  /** Whether there is a /var/tmp that is no link. */
  hasVarTmp: boolean;
};

/** The real path of something sensitive; `file` is all that is no directory. */
export type HiddenPath = { path: string; entry: "directory" | "file"; why: string };

/** A path in a writable place that is to stay as it is, `name` as the policy's `unprotect` has it. */
export type ProtectedFact = { name: string; path: string; why: string } & (
  | { kind: "present" }
  /** `path` is the topmost part that is missing. */
  | { kind: "missing"; placeholder: Placeholder }
  /** By a link at `path`: nothing can be mounted over one. */
  | { kind: "link" }
);

/**
 * What is to stand where nothing is to be made. `nothing`: a socket, which cannot be opened,
 * and which git passes over in a working tree.
 */
export type Placeholder =
  | { kind: "nothing" }
  | { kind: "directory" }
  | { kind: "file"; text: string };

/** What the host has at the host side of a mount. */
export type MountFact = {
  kind: "present" | "missing";
  mount: ResolvedMount;
  /** Where it is, or where it would be made, past all links. */
  real: string;
  links: Link[];
  /** Of a mask: what is there; `file` is all that is no directory. */
  entry?: "directory" | "file";
  /** Real path of what the host has where the mount goes inside, when that is another place. */
  place: string | undefined;
  /** The mount's seeds that are there to be copied, and not there yet where they go. */
  seeds: Seed[];
};

/**
 * Everything that must be visible for a program to run under a private home: the
 * links from the PATH entry to the real file, the package around that file, and the
 * same for the interpreter that a script names.
 */
export type Program = {
  /** As found on PATH, not resolved: programs look at the name they were called by. */
  path: string;
  links: Link[];
  /** Real files and directories to show read-only. */
  exposed: string[];
  /** Directories for PATH: where the command and its interpreter were found. */
  directories: string[];
};

export type PathEntry = { path: string; real: string };
