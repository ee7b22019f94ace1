import { UserError } from "../errors.ts";
import type { HomeFacts } from "./facts.ts";
import { contains } from "./paths.ts";

/** Roots of the operating system: to make one writable is never what a user means. */
const SYSTEM_ROOTS = `/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /libx32 /media /mnt /nix
  /nix/store /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin /usr/lib /usr/local
  /usr/sbin /usr/share /var /var/lib /var/tmp`.split(/\s+/u);

/** Trees that the kernel or pale makes anew inside: devices, processes, the user's sockets. */
const NEW_TREES = ["/proc", "/sys", "/dev", "/run/user"];

/**
 * Refuse a project that would hand over more than a project. All paths are real ones,
 * so a link to a refused place is refused as well.
 *
 * @throws UserError that says why
 */
export function guardProject(root: string, home: HomeFacts): void {
  const reason =
    describeHome(root, home.all) ??
    describeSystem(root) ??
    describeCredentials(root, home.credentialFolders) ??
    describeOwn(root, home.ownDirectories);
  if (reason === undefined) return;
  throw new UserError(`\`${root}\` cannot be the project: ${reason}`, {
    hint: "start in the directory of one project, or name it with `--project DIR`",
  });
}

function describeHome(root: string, homes: readonly string[]): string | undefined {
  if (homes.includes(root)) return "it is the home directory";
  const isAbove = homes.some((home) => contains(root, home));
  return isAbove ? "the home directory is inside it" : undefined;
}

function describeSystem(root: string): string | undefined {
  const isSystem = SYSTEM_ROOTS.includes(root) || NEW_TREES.some((tree) => contains(tree, root));
  return isSystem ? "it belongs to the operating system" : undefined;
}

function describeCredentials(root: string, folders: readonly string[]): string | undefined {
  const inside = folders.find((folder) => contains(folder, root));
  if (inside !== undefined) return `\`${inside}\` holds credentials`;
  const outside = folders.find((folder) => contains(root, folder));
  return outside === undefined ? undefined : `credentials (\`${outside}\`) may be inside it`;
}

function describeOwn(root: string, ownDirectories: readonly string[]): string | undefined {
  const own = ownDirectories.find((path) => contains(path, root) || contains(root, path));
  return own === undefined ? undefined : `pale keeps its own files in \`${own}\``;
}
