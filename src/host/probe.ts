import { escapeUntrusted } from "../terminal.ts";
import { UserError } from "../errors.ts";
import type { Tool } from "../plan/facts.ts";
import type { KernelSettings } from "./kernel.ts";

/**
 * Make the smallest sandbox once, to learn at a time when it can still be explained
 * whether this host allows one: after the launcher's execve only bubblewrap speaks.
 *
 * @throws UserError with bubblewrap's own words and the command that mends it
 */
export function probeSandbox(bwrap: Tool, kernel: KernelSettings): void {
  const sandbox = ["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc"];
  const result = process
    .getBuiltinModule("node:child_process")
    .spawnSync(bwrap.path, [...sandbox, "--", bwrap.path, "--version"], {
      env: {},
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
  if (result.status === 0) return;
  throw new UserError("this host does not let bubblewrap make a sandbox", {
    origin: escapeUntrusted(result.stderr.trim() || String(result.error ?? result.signal)),
    hint:
      kernel.apparmorRestricts === 1 ? allowByAppArmor(bwrap) : "run this outside of a container",
  });
}

function allowByAppArmor(bwrap: Tool): string {
  const profile = String.raw`profile pale-bwrap ${bwrap.path} flags=(unconfined) {\n  userns,\n}\n`;
  const file = "/etc/apparmor.d/pale-bwrap";
  return `printf '${profile}' | sudo tee ${file} && sudo apparmor_parser -r ${file}`;
}
