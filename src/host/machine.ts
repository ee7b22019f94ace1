import { existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import type { Environment } from "./directories.ts";
import { findRootProgram } from "./tools.ts";

/** Which Windows subsystem, and which container this is; each `undefined` for none. */
export function readPlace(
  release: string,
  environment: Environment,
): { wsl: 1 | 2 | undefined; container: string | undefined } {
  return { wsl: readWsl(release), container: readContainer(environment) };
}

function readWsl(release: string): 1 | 2 | undefined {
  if (/microsoft-standard|WSL2/u.test(release)) return 2;
  return /Microsoft/u.test(release) ? 1 : undefined;
}

function readContainer(environment: Environment): string | undefined {
  if (existsSync("/.dockerenv")) return "docker";
  if (existsSync("/run/.containerenv")) return "podman";
  return environment["container"];
}

/** Whether the kernel takes system call filters. */
export function hasSeccomp(): boolean {
  return /^Seccomp:/mu.test(readFileSync("/proc/self/status", "utf8"));
}

/** The tools that the attempt takes, wherever a distribution has them; none of the caller's PATH. */
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin";

/**
 * Make an overlay once, in namespaces of its own: nothing of it stays.
 *
 * @returns `unknown` where there is no `unshare` to try it with
 * @throws UserError when its file cannot be trusted
 */
export function tryOverlay(directory: string): "works" | "unknown" | { problem: string } {
  const script = [
    'cd "$1" && mkdir lower upper work merged',
    "mount -t overlay -o userxattr,lowerdir=lower,upperdir=upper,workdir=work overlay merged",
    // The kernel leaves a directory that nobody may look into.
    "umount merged && chmod -R u+rwX work",
  ].join(" && ");
  const unshare = findRootProgram("unshare");
  if (unshare === undefined) return "unknown";
  const words = ["--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh", directory];
  const options = { encoding: "utf8", env: { PATH, LC_ALL: "C" } } as const;
  const { status, error, stderr } = spawnSync(unshare, words, options);
  if (error) return "unknown";
  return status === 0 ? "works" : { problem: stderr.trim().split("\n")[0] ?? "" };
}
