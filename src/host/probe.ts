import { escapeUntrusted } from "../terminal.ts";
import { UserError } from "../errors.ts";
import type { Tool } from "../plan/facts.ts";
import type { KernelSettings } from "./kernel.ts";

/**
 * Make the smallest sandbox once, to learn at a time when it can still be explained
 * whether this host allows one: after the launcher's execve only bubblewrap speaks.
 *
 * @param init root's copy of the init program, by way of which AppArmor lets bubblewrap do it
 * @throws UserError with bubblewrap's own words and the command that mends it
 */
export function probeSandbox(bwrap: Tool, kernel: KernelSettings, init?: string): void {
  const sandbox = ["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc"];
  const words = [bwrap.path, ...sandbox, "--", bwrap.path, "--version"];
  const [program = "", ...rest] =
    init === undefined ? words : [init, "outer", "/dev/null", "--", ...words];
  const result = process.getBuiltinModule("node:child_process").spawnSync(program, rest, {
    env: {},
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (result.status === 0) return;
  throw new UserError("this host does not let bubblewrap make a sandbox", {
    origin: escapeUntrusted(result.stderr.trim() || String(result.error ?? result.signal)),
    hint:
      kernel.apparmorRestricts === 1
        ? INSTALL_PROFILE
        : "run this outside of a container; `pale doctor` says more",
  });
}

const INSTALL_PROFILE = "pale doctor --install-apparmor";
