import type { Isolation, MountOperation, Plan } from "./plan.ts";

/** Host files that stand for what the plan holds as text or bytes. */
export type Files = {
  /** By the name of a `text` mount. */
  texts: Readonly<Record<string, string>>;
  init: string;
  /** pale's own executable. */
  pale: string;
  /** The description of the listening sockets; there when the plan has a gate. */
  network: string | undefined;
  /** The assembled system call filter. */
  filter: string;
};

/**
 * One step of the command line, with the reason that `--dry-run` prints. `secret`: the
 * last word is the value of this variable of the caller's, not to be printed.
 */
export type Step = { words: string[]; why: string; secret?: string };

/**
 * What must be mounted at a destination, as `MAJOR:MINOR:INODE`; only at launch, because it
 * must be as fresh as can be. See src/launch/identities.ts.
 */
export type Identities = Readonly<Record<string, string>>;

/** The descriptor at which the init program opens the first of its files; see docs/init.md. */
const FIRST_FILE = 200;

/** Where the init program is inside the sandbox. */
const INIT_INSIDE = "/run/pale/init";

/**
 * The whole chain as a command line: the init program outside, bubblewrap, the init
 * program inside, the agent. No value of the environment stands in it, except those
 * that bubblewrap must not start with.
 */
export function renderChain(plan: Plan, files: Files, identities: Identities = {}): Step[] {
  return [
    { words: [files.init, "outer"], why: "passes signals and job control on" },
    { words: [files.filter], why: `the system call filter, opened as ${FIRST_FILE}` },
    ...renderGate(files),
    { words: ["--", plan.bwrap.path], why: "makes the sandbox" },
    ...renderIsolation(plan.isolation),
    renderFilter(plan),
    ...plan.mounts.map((mount) => renderMount(mount, files)),
    { words: ["--chdir", plan.workingDirectory], why: "where the caller is" },
    ...renderLateVariables(plan),
    { words: ["--", INIT_INSIDE, "inner"], why: "first process inside" },
    ...renderIdentities(identities),
    {
      words: [plan.command.path, ...plan.command.argv],
      why: "the program, its name, its arguments",
    },
  ];
}

function renderGate({ network, pale }: Files): Step[] {
  if (network === undefined) return [];
  return [
    { words: ["--network", network], why: "an empty network, and listening sockets in it" },
    { words: ["--supervisor", pale], why: "serves them, outside" },
  ];
}

function renderFilter({ seccomp }: Plan): Step {
  const why = {
    allowlist: "only calls on the allowlist",
    denylist: "all calls but those that lead out",
  };
  return { words: ["--seccomp", String(FIRST_FILE)], why: why[seccomp.kind] };
}

function renderIsolation({ uid, gid, network, nestedNamespaces }: Isolation): Step[] {
  const closed = nestedNamespaces === "closed-by-bwrap";
  return [
    { words: ["--die-with-parent", "--as-pid-1"], why: "nothing outlives the launcher" },
    { words: ["--unshare-user", "--unshare-pid", "--unshare-ipc"], why: "own namespaces" },
    { words: ["--unshare-uts", "--unshare-cgroup-try"], why: "own namespaces" },
    ...(network === "none" ? [{ words: ["--unshare-net"], why: "loopback only" }] : []),
    { words: ["--uid", String(uid), "--gid", String(gid)], why: "the same user as outside" },
    { words: ["--cap-drop", "ALL"], why: "a read-only bind stays read-only" },
    ...(closed ? [{ words: ["--disable-userns"], why: "no nested user namespaces" }] : []),
  ];
}

function renderMount(mount: MountOperation, files: Files): Step {
  return { words: renderMountWords(mount, files), why: mount.why };
}

function renderMountWords(mount: MountOperation, files: Files): string[] {
  const { destination } = mount;
  switch (mount.kind) {
    case "bind":
      return [mount.access === "rw" ? "--bind" : "--ro-bind", mount.source, destination];
    case "link":
      return ["--symlink", mount.target, destination];
    case "text":
    case "init":
    case "pale":
      return ["--ro-bind", findOwnFile(mount, files), destination];
    case "tmpfs":
      return ["--perms", octal(mount.mode), "--tmpfs", destination];
    case "directory":
      return ["--perms", octal(mount.mode), "--dir", destination];
    case "dev":
    case "proc":
      return [`--${mount.kind}`, destination];
    case "freeze":
      return ["--remount-ro", destination];
  }
}

type OwnFile = Extract<MountOperation, { kind: "text" | "init" | "pale" }>;

function findOwnFile(mount: OwnFile, files: Files): string {
  return mount.kind === "text" ? (files.texts[mount.name] ?? "") : files[mount.kind];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function renderIdentities(identities: Identities): Step[] {
  return Object.entries(identities).map(([destination, identity]) => ({
    words: ["--at", destination, identity],
    why: "what must be mounted there",
  }));
}

function renderLateVariables({ variables }: Plan): Step[] {
  return variables
    .filter(({ when }) => when === "late")
    .map(({ name, value, from }) => ({
      words: ["--setenv", name, value],
      why: "not for bubblewrap itself",
      ...(from === "host" && { secret: name }),
    }));
}
