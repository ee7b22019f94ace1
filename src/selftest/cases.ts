/**
 * What shows that an attempt would have worked, were it not for the sandbox: the same one outside,
 * outside with every capability over namespaces of its own, or another one inside.
 */
export type Control =
  | { kind: "outside" }
  | { kind: "privileged" }
  | { kind: "inside"; act: string };

export type Case = { act: string; title: string; promise: string; controls: Control[] };

const OUTSIDE: Control = { kind: "outside" };
const PRIVILEGED: Control = { kind: "privileged" };
const PROXY: Control = { kind: "inside", act: "proxy-allowed" };
const NAMES: Control = { kind: "inside", act: "names-allowed" };
const PROJECT: Control = { kind: "inside", act: "project-write" };

const HOME = "of your home only the project and what the policy names is there";
const OUTSIDE_PROJECT = "nothing outside of the writable mounts can be written";
const SOCKETS = "sockets of the host cannot be connected to";
const NETWORK = "there is no way to the host's loopback or to any network";
const HOSTS = "only hosts that are allowed can be reached";
const CALLS = "system calls that lead out are refused";
const PRIVILEGE = "no capability, no new privileges, no nested namespace";
const PERSISTENCE = "what the host later runs by itself is neither changed nor made";

/** In the order in which they are printed. */
export const CASES: readonly Case[] = [
  make("home-read", "read a file of your home", HOME),
  make("home-write", "change a file of your home", OUTSIDE_PROJECT),
  make("temporary-write", "change a file of the host's /tmp", OUTSIDE_PROJECT),
  make("own-write", "write into pale's own directories", "pale's own files are out of reach"),
  make(
    "environment",
    "find a variable that nobody named, in /proc too",
    "no variable that nobody named is inside",
  ),
  make("processes", "see a process of the host", "other processes cannot be seen"),
  make("ptrace", "trace a process of the host", "other processes cannot be seen"),
  make("hook-write", "make a git hook", PERSISTENCE, [OUTSIDE, PROJECT]),
  make("git-configuration", "change the git configuration", PERSISTENCE, [OUTSIDE, PROJECT]),
  make("envrc-write", "make an .envrc", PERSISTENCE, [OUTSIDE, PROJECT]),
  make("temporary-socket", "connect to a socket in /tmp", SOCKETS),
  make("runtime-socket", "connect to a socket in XDG_RUNTIME_DIR", SOCKETS),
  make("abstract-socket", "connect to an abstract socket", SOCKETS),
  make("loopback", "connect to the host's loopback", NETWORK),
  make("lan", "connect to an address of the local network", NETWORK),
  make("metadata", "send to the metadata address", NETWORK),
  make("udp", "send a datagram to the host", NETWORK),
  make("proxy-unlisted", "reach an unlisted host by way of the proxy", HOSTS, [PROXY]),
  make("proxy-address", "reach loopback by its address by way of the proxy", HOSTS, [PROXY]),
  make("proxy-metadata", "reach the metadata address by way of the proxy", HOSTS, [PROXY]),
  make("proxy-other-name", "name another server than was let through (TLS)", HOSTS, [PROXY]),
  make("names-unlisted", "look up an unlisted name", HOSTS, [NAMES]),
  make("tiocsti", "type into your terminal (TIOCSTI)", CALLS),
  make("keyrings", "read the keys of your session", CALLS),
  make("io-uring", "set up io_uring", CALLS),
  make("clone-three", "make a call that is not on the allowlist (clone3)", CALLS),
  make("user-namespace", "make a user namespace", PRIVILEGE),
  make("unshare", "make another namespace", PRIVILEGE, [PRIVILEGED]),
  make("setns", "enter a namespace", PRIVILEGE, [PRIVILEGED]),
  make("mount", "mount something", PRIVILEGE, [PRIVILEGED]),
  make("remount", "make a read-only mount writable", "read-only mounts stay read-only", [
    PRIVILEGED,
  ]),
  make("capabilities", "have a capability", PRIVILEGE),
  make("new-privileges", "gain privileges by a setuid program", PRIVILEGE),
];

function make(...[act, title, promise, controls = [OUTSIDE]]: Words): Case {
  return { act, title, promise, controls };
}

type Words = [act: string, title: string, promise: string, controls?: Control[]];
