import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Limits } from "../plan/plan.ts";

const PREFIX = "pale-";

/**
 * Move this process, and so all that it starts, into a control group with limits of its
 * own. Nobody is left to remove the group when the last process in it has ended, however
 * that ended: the next launch in the same place does, or systemd with the scope.
 *
 * @throws UserError when the kernel refuses any step
 */
export function enterCgroup({ parent, memory }: NonNullable<Limits["cgroup"]>, pid: number): void {
  removeEmpty(parent);
  const group = join(parent, `${PREFIX}${pid}`);
  try {
    mkdirSync(group, { recursive: true });
    write(join(group, "cgroup.procs"), String(pid));
    write(join(parent, "cgroup.subtree_control"), "+memory");
    write(join(group, "memory.max"), String(memory));
    const swap = join(group, "memory.swap.max");
    if (existsSync(swap)) write(swap, "0");
  } catch (error) {
    throw new UserError("the limit `memory` cannot be enforced", {
      origin: error instanceof Error ? error.message : String(error),
      hint: "give it a control group: systemd-run --user --scope -p Delegate=yes pale run ...",
    });
  }
}

/** Without creating: what the kernel does not show must not become an ordinary file. */
function write(file: string, text: string): void {
  writeFileSync(file, text, { flag: "r+" });
}

function removeEmpty(parent: string): void {
  for (const name of readdirSync(parent).filter((each) => each.startsWith(PREFIX))) {
    try {
      rmdirSync(join(parent, name));
    } catch {
      // Somebody is still in it.
    }
  }
}
