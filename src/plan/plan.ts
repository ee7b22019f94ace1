import type { Access, Login, NetworkMode, ProxyRule, Publication, Sourced } from "../policy.ts";
import type {
  Architecture,
  ClipboardFact,
  Placeholder,
  SshAgentFact,
  TerminalFact,
  Tool,
} from "./facts.ts";

/**
 * Everything that a launch will do, as data. `--dry-run` prints it, launch performs it;
 * neither decides anything any more.
 */
export type Plan = {
  profile: string;
  architecture: Architecture;
  bwrap: Tool;
  /** Done on the host before the sandbox is made. */
  preparations: Preparation[];
  /** In the order in which they must be made: parents first. */
  mounts: MountOperation[];
  overlays: Overlay[];
  isolation: Isolation;
  limits: Limits;
  /** Absent where the network is empty, or the host's own. */
  gate: NetworkGate | undefined;
  /** How the supervisor tells the user of what it refuses. */
  notice: Notice | undefined;
  /** What the supervisor reads for programs inside. */
  clipboard: ClipboardReader | undefined;
  /** Whose keys programs inside may have sign, by the supervisor. */
  sshAgent: SshAgentFact | undefined;
  seccomp: SystemCallFilter;
  /** The sandbox has a terminal of its own, from which the init program relays. */
  terminalFilter: boolean;
  variables: Variable[];
  workingDirectory: string;
  command: { path: string; argv: string[] };
  /** What a profile in force grants beyond what one would think. */
  warnings: Sourced<string>[];
};

export type Notice =
  | { kind: "bell"; terminal: TerminalFact }
  /** Path of `notify-send`. */
  | { kind: "desktop"; program: string };

export type ClipboardReader = { content: "images" | "all"; display: ClipboardFact };

export type Limits = {
  /** Set by the init program inside, before the agent is there. */
  resources: ResourceLimit[];
  /** Bytes of each scratch directory. */
  scratch: number | undefined;
  /** To be made below `parent`; bytes. */
  cgroup: { parent: string; memory: number } | undefined;
};

export type ResourceLimit = { name: "processes" | "open_files" | "file_size"; value: number };

export type Preparation =
  | { kind: "make-directory"; path: string; why: string }
  /** Never over something that is there. */
  | { kind: "copy-file"; from: string; path: string; why: string }
  /** For pale itself. */
  | { kind: "write-note"; path: string; text: string; why: string };

/** A directory, and the one of pale's in which what is written to it is kept. */
export type Overlay = { lower: string; destination: string; store: string; why: string };

/**
 * The content is put into the file system around it, which is made read-only afterwards: in less than
 * a tenth of the time of a mount. What the host changes later is not seen; as little as with
 * a mount, when it writes a new file in the place of the old one.
 */
export type Copied = { copied?: true };

/** Every `destination` is free of links, so that bubblewrap can mount on it. */
export type MountOperation = { destination: string; why: string } & (
  | ({ kind: "bind"; access: Access; source: string } & Copied)
  | { kind: "link"; target: string }
  /** A read-only file with text made by pale; `latin1`: one character per byte. */
  | ({ kind: "text"; name: string; text: string; executable?: true; encoding?: "latin1" } & Copied)
  /** A read-only file that pale carries with it: the init program. */
  | { kind: "init" }
  /** pale itself, for what programs inside call: shims, `pale connect`. */
  | { kind: "pale" }
  /** The socket by which programs inside ask for signatures; see src/ssh-agent. */
  | { kind: "ssh-agent" }
  /** `size` in bytes; without, half of the machine's memory. */
  | { kind: "tmpfs"; mode: number; size?: number }
  /** Something empty and read-only in the place of what is there. */
  | { kind: "mask"; of: "directory" | "file" }
  | { kind: "directory"; mode: number }
  | { kind: "dev" }
  | { kind: "proc" }
  /** Last of all: nothing more can be made below this mount. */
  | { kind: "freeze" }
  /**
   * Nothing is there, and nothing can be made there. To mount on, the init program makes a
   * placeholder on the host at `source`, and removes it when the last sandbox has ended.
   */
  | { kind: "held"; source: string; placeholder: Placeholder }
);

/** What the supervisor lets through, and where programs inside find it. */
export type NetworkGate = {
  /** Host rules; see src/proxy/host-rule.ts. */
  allow: string[];
  /** Those of endpoints and package registries: unlike the others, read once, at the launch. */
  found: string[];
  deny: string[];
  /** Every host that no rule denies. */
  open: boolean;
  /** `open` only for this once: what no rule allows is noted. */
  learn: boolean;
  /** Sockets of the sandbox's own loopback. */
  listeners: Listener[];
  publish: Publication[];
  /** Of requests to these hosts the supervisor sees more than where they go. */
  proxies: ProxyRule[];
  logins: LoginPlan[];
};

/** A log-in that stays in its file outside; paths are real ones of the host. */
export type LoginPlan = {
  login: Login;
  /** With the real tokens; in no mount. */
  file: string;
  /** Where the agent outside has it. */
  directory: string;
  /** What is in the place of `directory` inside, with a log-in of placeholders. */
  home: string;
  /** Directories in `directory` that are shown inside all the same. */
  shared: string[];
  /** Files to be copied into `home` where it does not have them yet; `to` is relative to it. */
  seeds: { from: string; to: string }[];
};

export type Listener = { transport: "tcp" | "udp"; address: string; port: number } & (
  | { door: "proxy" | "socks" | "tls" | "http" | "dnsUdp" | "dnsTcp" | "clipboard" }
  /** Stands for one host. */
  | { door: "named"; host: string }
  /** Leads to the same loopback address of the host. */
  | { door: "forward"; hostPort: number }
);

export type Isolation = {
  uid: number;
  gid: number;
  network: NetworkMode;
  /** Nested user namespaces are closed by bubblewrap itself, or by the system call filter. */
  nestedNamespaces: "closed-by-bwrap" | "closed-by-seccomp";
};

/** Without the allowlist, what leads out of the sandbox is refused all the same. */
export type SystemCallFilter = { kind: "allowlist" } | { kind: "denylist" };

/** Read or run outside of the sandbox, at the launch alone. */
export type VariableSource = { origin: string } & (
  | { kind: "file"; path: string }
  | { kind: "command"; command: string[] }
);

/**
 * `early` ones are in the environment that bubblewrap itself starts with; `late` ones
 * would change how bubblewrap is loaded, so it sets them for the program only.
 */
export type Variable = {
  name: string;
  value: string;
  /** `host` values may be secret: they are never printed. */
  from: "host" | "pale" | "profile";
  /** The host's name for it, where that is another. */
  hostName?: string;
  /** Where the value comes from at the launch; until then it is empty. */
  source?: VariableSource;
  when: "early" | "late";
};
