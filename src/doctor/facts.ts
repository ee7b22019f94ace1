/** What the doctor has read of this machine; the judgements over it are pure. */
export type DoctorFacts = {
  /** As `uname -r` says. */
  kernel: string;
  settings: {
    unprivilegedUserns: number | undefined;
    maxUserNamespaces: number | undefined;
    apparmorRestricts: number | undefined;
  };
  place: Place;
  bwrap: BubblewrapFact | Problem;
  /** Whose package manager this machine has. */
  distribution: Distribution;
  apparmor: AppArmorFact;
  /** A sandbox that was really made, with a filtered network. */
  trial: "works" | Problem;
  seccomp: boolean;
  overlay: "works" | "unknown" | Problem;
  cgroup: "delegated" | Problem;
  /** A profile or the defaults limit memory. */
  limitsMemory: boolean;
  configuration: "right" | Problem;
  log: "writable" | Problem;
  upstream: { proxies: string[]; problems: string[] };
  shims: ShimFacts;
};

export type BubblewrapFact = {
  path: string;
  version: string;
  /** As dpkg or rpm say; a distribution mends what is old without a new version. */
  packaged: string | undefined;
  /** Whether it makes what a link in a mount leads to, outside; `undefined` when that could not be tried. */
  followsLinks: boolean | undefined;
};

export type Distribution = "debian" | "fedora" | "suse" | "arch" | "alpine" | "nix" | "unknown";

/** What is there of `pale doctor --install-apparmor`. */
export type AppArmorFact = {
  init: "absent" | "usable" | "another-build" | { untrusted: string };
  profile: "absent" | "right" | "other";
  /** Ubuntu's own profile for bubblewrap is there. */
  ubuntu: boolean;
};

/** `hint` is the command that mends it, where the reader of the fact knows it. */
export type Problem = { problem: string; hint?: string | undefined };

export type Place = { wsl: 1 | 2 | undefined; container: string | undefined };

export type BrokenShim = {
  name: string;
  reason: string;
  /** Something else stands in its place, which pale does not write over. */
  isForeign: boolean;
};

export type ShimFacts = {
  directory: string;
  /** Who has written them. What is a package's, `pale setup` and `pale shellenv` do not put first. */
  owner: "pale" | "package";
  /** Of the shims that are there, without the `-raw` ones. */
  names: string[];
  /** Files of shims that are to be there, ways out too, and do not do what they are for. */
  broken: BrokenShim[];
  /** Why nobody knows which are to be there. */
  list: "readable" | Problem;
  /** Those with a plan that stops their launch. A stale one is renewed by the next launch. */
  unusable: { name: string; reason: string }[];
  /** Of the directory in the PATH of this process; -1 when it is not in it. */
  position: number;
  /** The user's own; `undefined` when nobody knows. */
  loginShell: string | undefined;
  /** Those that `pale setup` changes without being told. */
  setUp: string[];
  shells: ShellFact[];
  /** Files that name an agent by an absolute path. */
  launches: { file: string; program: string }[];
};

export const SHELL_MODES = [
  "login",
  "interactive",
  "login, interactive",
  "plain",
  "minimal",
] as const;

/** `plain`: for a script. `minimal`: as a desktop starts an editor, with next to no environment. */
export type ShellMode = (typeof SHELL_MODES)[number];

export type ShellFact = {
  shell: string;
  mode: ShellMode;
  /** What the shell runs for each name; empty when it did not answer. */
  answers: { name: string; runs: Resolution }[];
};

export type Resolution =
  | { kind: "shim" }
  | { kind: "file"; path: string }
  /** The shim, until the first prompt is shown. */
  | { kind: "hook"; path: string }
  | { kind: "alias"; text: string }
  | { kind: "function" }
  | { kind: "nothing" };
