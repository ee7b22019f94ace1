/**
 * What an agent may see and do: records, and next to no behaviour. A `Layer` is one
 * source of settings as it was written; a `Policy` is what all layers amount to.
 */

/** `overlay`: writable, and what is written is kept apart; `mask`: an empty one in its place. */
export const ACCESSES = ["ro", "rw", "overlay", "mask"] as const;

export type Access = (typeof ACCESSES)[number];

/** `allowlist`: only what is named is there. `blacklist`: all but what is sensitive, read-only. */
export const MODES = ["allowlist", "blacklist"] as const;

export type Mode = (typeof MODES)[number];

/** How the user is told of what was refused, beside the log. */
export const NOTIFICATIONS = ["none", "bell", "desktop"] as const;

export type Notification = (typeof NOTIFICATIONS)[number];

/** What programs inside may read of the clipboard, from nothing to everything. */
export const CLIPBOARDS = ["none", "images", "all"] as const;

export type Clipboard = (typeof CLIPBOARDS)[number];

/** What a sandbox may use at most: bytes, but for the two that count. */
export const LIMITS = ["processes", "open_files", "memory", "file_size", "tmp_size"] as const;

export type LimitName = (typeof LIMITS)[number];

export type Limit = { name: LimitName; value: number };

/** A value together with the place that set it: `file:line` or the name of a flag. */
export type Sourced<T> = { value: T; origin: string };

/** What to do when the host side of a mount is not there. */
export type WhenMissing = "fail" | "skip" | "create-directory";

export type MountRule = {
  /** Host path: absolute, or `~` and below. */
  host: string;
  /** Path inside; the same as `host` when absent. */
  sandbox?: string;
  access: Access;
  missing: WhenMissing;
  /** Environment variable that moves the host path; set inside to where the mount is. */
  variable?: string;
  /** Files to be copied into the host directory where it does not have them yet. */
  seeds?: Seed[];
  /** Paths below `host` that stay read-only, there or not. */
  protect?: string[];
  origin: string;
};

/** `from` is a host path; `to` is relative to the host side of the mount. */
export type Seed = { from: string; to: string };

/** From the closest to the widest; see docs/network.md. */
export const NETWORK_MODES = ["none", "filtered", "open", "host"] as const;

export type NetworkMode = (typeof NETWORK_MODES)[number];

/** The network is empty but for the sockets that a supervisor serves. */
export function isGated(mode: NetworkMode): boolean {
  return mode === "filtered" || mode === "open";
}

/** A server on the host's loopback, and where programs inside find it on theirs. */
export type Forward = { hostPort: number; sandboxPort: number };

/** A server inside, and where it is to be found on the host's loopback. */
export type Publication =
  | { kind: "port"; sandboxPort: number; hostPort: number }
  /** Whatever listens inside, under its own number. */
  | { kind: "auto" };

/**
 * What is asked of the requests to one host, and what is put into them outside. `methods` and
 * `paths` are what may be asked for; all, where they are empty. Its connections are opened by pale
 * (TLS included), so that no other rule of the sandbox looks as closely.
 */
export type ProxyRule = {
  /** A name, no pattern. */
  host: string;
  inject?: Injection;
  methods: string[];
  /** `*` stands for any part of one segment, `**` for any number of segments. */
  paths: string[];
  /** Repositories that git may push to, as `OWNER/NAME`; absent: pushing is a request like others. */
  push?: string[];
  requestsPerHour?: number;
  /** Of requests and responses together. */
  bytesPerHour?: number;
};

/** A secret of the user's by its name, and where in a request it stands. */
export type Injection = {
  secret: string;
  /** Set inside to a placeholder of the same shape. */
  variable?: string;
} & (
  | { kind: "bearer" }
  | { kind: "basic"; user: string }
  | { kind: "header"; name: string }
  | { kind: "query"; name: string }
);

/** Agents whose log-in can be kept outside. */
export const LOGINS = ["claude", "codex"] as const;

export type Login = (typeof LOGINS)[number];

/** What the broker of ssh keys does at each signature. */
export const SSH_CONFIRMATIONS = ["log", "ask"] as const;

export type SshConfirmation = (typeof SSH_CONFIRMATIONS)[number];

/** Package managers whose configured registries may be allowed as such. */
export const REGISTRIES = ["npm", "pip", "cargo"] as const;

export type Registry = (typeof REGISTRIES)[number];

/** `"pass"` hands the caller's value through, when there is one; names may end in `*`. */
export type VariableRule =
  | { kind: "pass"; name: string; origin: string }
  | { kind: "set"; name: string; value: string; origin: string }
  /** The content of a host file, without a line feed at its end; `~` is the home directory. */
  | { kind: "file"; name: string; path: string; origin: string }
  /** What a host command prints, without a line feed at its end. */
  | { kind: "command"; name: string; command: string[]; origin: string };

/** Lists append and scalars replace when layers are merged. */
export type Layer = {
  uses: Sourced<string>[];
  mounts: MountRule[];
  pathAdd: Sourced<string>[];
  /** In front of those that the command is called with, if the profile is named like it. */
  arguments: Sourced<string>[];
  variables: VariableRule[];
  command?: Sourced<string[]>;
  network?: Sourced<NetworkMode>;
  /** Host rules; see src/proxy/host-rule.ts. */
  allow: Sourced<string>[];
  deny: Sourced<string>[];
  registries: Sourced<Registry>[];
  /** Names of variables whose value is the URL of a server to be reached. */
  endpoints: Sourced<string>[];
  proxies: Sourced<ProxyRule>[];
  logins: Sourced<Login>[];
  /** Keys of the user's agent, by fingerprint, comment or path of the public half. */
  sshKeys: Sourced<string>[];
  sshConfirm?: Sourced<SshConfirmation>;
  forwards: Sourced<Forward>[];
  publish: Sourced<Publication>[];
  /** Unix sockets of the host; see src/socket-words.ts for how they are named. */
  sockets: Sourced<string>[];
  /** Paths in the project that stay read-only, beside those that do so anyway. */
  protect: Sourced<string>[];
  /** Of those that do so anyway, the ones that need not. */
  unprotect: Sourced<string>[];
  limits: Sourced<Limit>[];
  mode?: Sourced<Mode>;
  seccomp?: Sourced<boolean>;
  terminalFilter?: Sourced<boolean>;
  /** Who commits, as the user's git configuration says, and nothing else of it. */
  gitIdentity?: Sourced<boolean>;
  notify?: Sourced<Notification>;
  clipboard?: Sourced<Clipboard>;
  /** What the profile grants beyond what one would think; empty for none. */
  warning?: Sourced<string>;
};

/** All configuration read from files: `defaults` lies under every profile. */
export type Configuration = {
  defaults: Layer;
  profiles: Record<string, Layer>;
  /** For one project each, by its path as written: absolute, or `~` and below. */
  projects: Record<string, Layer>;
};

export type ResolvedMount = {
  /** Absolute host path, not yet resolved through links. */
  host: string;
  /** Absolute path inside, or `undefined` for "where it is on the host". */
  sandbox: string | undefined;
  access: Access;
  missing: WhenMissing;
  /** Variable that tells programs inside where the mount is. */
  variable: string | undefined;
  /** Absolute on both sides. */
  seeds: Seed[];
  /** Relative to `host`. */
  protect: string[];
  origin: string;
};

export type Policy = {
  /** Name of the profile in force, as the marker variable shows it inside. */
  profile: string;
  command: string[];
  mounts: ResolvedMount[];
  pathAdd: string[];
  /** By the name of the command that they are for. */
  arguments: Readonly<Record<string, string[]>>;
  variables: VariableRule[];
  network: NetworkMode;
  allow: Sourced<string>[];
  deny: Sourced<string>[];
  registries: Registry[];
  endpoints: string[];
  proxies: Sourced<ProxyRule>[];
  logins: Login[];
  sshKeys: Sourced<string>[];
  sshConfirm: SshConfirmation;
  forwards: Forward[];
  publish: Publication[];
  sockets: Sourced<string>[];
  protect: Sourced<string>[];
  unprotect: Sourced<string>[];
  /** The strongest of each name. */
  limits: Sourced<Limit>[];
  mode: Mode;
  seccomp: boolean;
  /** A terminal of the sandbox's own, and what is written to it filtered: docs/terminal.md. */
  terminalFilter: boolean;
  gitIdentity: boolean;
  /** With its origin: where it can have no effect, that is said. */
  notify: Sourced<Notification>;
  clipboard: Sourced<Clipboard>;
  /** Of every profile in force. */
  warnings: Sourced<string>[];
};

export const EMPTY_LAYER: Layer = {
  uses: [],
  mounts: [],
  pathAdd: [],
  arguments: [],
  variables: [],
  allow: [],
  deny: [],
  registries: [],
  endpoints: [],
  proxies: [],
  logins: [],
  sshKeys: [],
  forwards: [],
  publish: [],
  sockets: [],
  protect: [],
  unprotect: [],
  limits: [],
};
