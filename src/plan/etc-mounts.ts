import type { NetworkMode } from "../policy.ts";
import type { HostFacts, Identity, SystemEntry } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { bindReadOnly, PALE_INSIDE } from "./system-mounts.ts";

/**
 * /etc is made anew from an empty one: nearly all of it is links on NixOS, and
 * bubblewrap cannot mount over a link. Links whose end is visible stay links, others
 * become the file that they lead to.
 */
export function planEtc(facts: HostFacts, network: NetworkMode): MountOperation[] {
  const { identity, home } = facts;
  const shown = facts.system.filter((entry) => entry.kind === "directory");
  const entries = facts.etc.filter((entry) => !MADE.has(entry.path) && !NETWORK.has(entry.path));
  const made = [
    ...entries.map((entry) => planEntry(entry, shown)),
    ...facts.etcSecrets.map(hide),
    text("passwd", renderPasswd(identity, home.path, planLoginShell(facts))),
    text("group", renderGroup(identity)),
    ...planNetworkFiles(facts, network, shown),
  ];
  return [
    { kind: "tmpfs", destination: "/etc", mode: 0o755, why: "only what programs need" },
    ...copyFiles(made, facts),
  ];
}

/** Only here, where everything around them becomes read-only. */
function copyFiles(mounts: readonly MountOperation[], { etc }: HostFacts): MountOperation[] {
  const small = new Set(etc.filter((entry) => isSmall(entry)).map(({ path }) => path));
  let left = MOST_COPIED;
  return mounts.map((mount) => {
    const isCopied = mount.kind === "text" || (mount.kind === "bind" && small.has(mount.source));
    return isCopied && left-- > 0 ? { ...mount, copied: true } : mount;
  });
}

function isSmall(entry: SystemEntry): boolean {
  // What the host changes in those is to be seen at once.
  return entry.kind === "file" && entry.small === true && !NETWORK.has(entry.path);
}

/** Their descriptors, too, are below the lowest limit that a launch accepts. */
export const MOST_COPIED = 48;

const MADE = new Set(["/etc/passwd", "/etc/group"]);
const NETWORK = new Set(["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"]);

function planEntry(entry: SystemEntry, shown: readonly SystemEntry[]): MountOperation {
  const why = "configuration that programs read";
  if (entry.kind !== "link") return bindReadOnly(entry.path, entry.path, why);
  const isShown = shown.some((directory) => contains(directory.path, entry.real));
  return isShown
    ? { kind: "link", target: entry.real, destination: entry.path, why: "as on the host" }
    : bindReadOnly(entry.real, entry.path, why);
}

function hide(path: string): MountOperation {
  return { kind: "tmpfs", destination: path, mode: 0o755, why: "private keys hidden" };
}

function text(name: string, content: string): MountOperation {
  return {
    kind: "text",
    name: `etc-${name}`,
    text: content,
    destination: `/etc/${name}`,
    why: "only root, nobody and the user",
  };
}

/** The caller's shell if it is one of the system's; others are not there inside. */
function planLoginShell({ system, etc, environment }: HostFacts): string {
  const shell = environment["SHELL"] ?? "";
  const isShown = [...system, ...etc].some(({ path }) => contains(path, shell));
  return isShown && !/[:\n]/u.test(shell) ? shell : "/bin/sh";
}

function renderPasswd({ user, uid, gid }: Identity, home: string, shell: string): string {
  const lines = [
    "root:x:0:0:root:/root:/bin/sh",
    `${user}:x:${uid}:${gid}::${home}:${shell}`,
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
  ];
  return keepOwn(lines, uid);
}

function renderGroup({ group, gid }: Identity): string {
  return keepOwn(["root:x:0:", `${group}:x:${gid}:`, "nogroup:x:65534:"], gid);
}

/** Where the user is root or nobody, the line that was made for the user is the only one. */
function keepOwn(lines: readonly string[], id: number): string {
  const isOther = (line: string) => line.split(":")[2] !== String(id);
  const kept = lines.filter((line, index) => index === 1 || isOther(line));
  return `${kept.join("\n")}\n`;
}

/** Many programs look up the machine's own name (git, sudo, Java), and wait when nobody knows it. */
function renderHosts(hostname: string | undefined): string {
  const own = hostname === undefined ? "" : `127.0.1.1 ${hostname}\n`;
  return `127.0.0.1 localhost\n::1 localhost\n${own}`;
}

/** Where names are looked up, for each kind of network. */
export function planNetworkFiles(
  facts: HostFacts,
  network: NetworkMode,
  shown: readonly SystemEntry[],
): MountOperation[] {
  const own = (name: string) => facts.etc.filter(({ path }) => path === `/etc/${name}`);
  const kept = (name: string) => own(name).map((entry) => planEntry(entry, shown));
  const hosts = { ...text("hosts", renderHosts(facts.hostname)), why: "there is only loopback" };
  switch (network) {
    case "none":
      return [hosts, ...kept("nsswitch.conf")];
    case "filtered":
    case "open":
      return [hosts, ...planNameFiles(), planSshConfig()];
    case "host":
      return ["hosts", "nsswitch.conf", "resolv.conf"].flatMap(kept);
  }
}

/** Names are asked of the supervisor only; a module of the host's would ask a service. */
function planNameFiles(): MountOperation[] {
  const databases = ["passwd", "group", "shadow", "networks", "protocols", "services", "rpc"];
  const lines = [...databases.map((name) => `${name}: files`), "hosts: files dns"];
  return [
    { ...text("nsswitch.conf", `${lines.join("\n")}\n`), why: "names from files and DNS" },
    { ...text("resolv.conf", "nameserver 127.0.0.1\n"), why: "the supervisor answers" },
  ];
}

/** ssh knows no proxy but by this; the user's own configuration is not there inside. */
function planSshConfig(): MountOperation {
  return {
    kind: "text",
    name: "etc-ssh_config",
    text: `Host *\n  ProxyCommand ${PALE_INSIDE} connect %h %p\n`,
    destination: "/etc/ssh/ssh_config",
    why: "ssh by way of the proxy",
  };
}
