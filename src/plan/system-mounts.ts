import type { Identity, SystemEntry } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";

/** The operating system's programs and libraries, read-only; its links made again as links. */
export function planSystem(entries: readonly SystemEntry[]): MountOperation[] {
  const directories = entries.filter((entry) => entry.kind === "directory");
  return entries.map((entry): MountOperation => {
    const { path } = entry;
    if (entry.kind !== "link") return bindReadOnly(path, path, "programs and libraries");
    const isShown = directories.some((directory) => contains(directory.path, entry.real));
    return isShown
      ? { kind: "link", target: entry.target, destination: path, why: "as on the host" }
      : bindReadOnly(entry.real, path, "programs and libraries");
  });
}

/** Where pale itself is inside; shims/*.sh name it, too. */
export const PALE_INSIDE = "/run/pale/pale";

/** Where the init program is inside. */
export const INIT_INSIDE = "/run/pale/init";

/** Directories that are new in every sandbox. */
export function planPrivate({ uid }: Identity): MountOperation[] {
  const scratch = 0o1777;
  return [
    { kind: "dev", destination: "/dev", why: "null, zero, random, tty, pts, shm; no devices" },
    { kind: "proc", destination: "/proc", why: "only the sandbox's own processes" },
    { kind: "tmpfs", destination: "/tmp", mode: scratch, why: "private; no sockets of the host" },
    { kind: "tmpfs", destination: "/var/tmp", mode: scratch, why: "private" },
    { kind: "tmpfs", destination: "/run", mode: 0o755, why: "private; no sockets of the host" },
    { kind: "directory", destination: `/run/user/${uid}`, mode: 0o700, why: "XDG_RUNTIME_DIR" },
    { kind: "init", destination: INIT_INSIDE, why: "first process inside; see docs/init.md" },
    { kind: "pale", destination: PALE_INSIDE, why: "for shims and `pale connect`" },
    { kind: "link", target: "../run", destination: "/var/run", why: "the old name of /run" },
  ];
}

export function bindReadOnly(source: string, destination: string, why: string): MountOperation {
  return { kind: "bind", access: "ro", source, destination, why };
}
