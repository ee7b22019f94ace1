import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { describeSystemError } from "../errors.ts";
import type { Directories } from "../host/directories.ts";
import { shimDirectory } from "./directory.ts";
import { withFreeLock } from "./lock.ts";
import type { PlanFile } from "./plan.ts";
import type { PlanReference } from "./plan-reference.ts";
import { renderReference } from "./plan-reference.ts";
import { planDirectory, removeOldPlans, writePlan } from "./plan-store.ts";
import { quoteForScript } from "./quote.ts";

/**
 * Have a shim name a plan that holds, in place of the one that it was started with. Nothing
 * else of it changes. Where that cannot be done (a read-only directory, a full disk, another
 * launch that is doing it), the next launch tries again: the plan as it is is never used.
 */
export function renewShim(old: PlanReference, plan: PlanFile, directories: Directories): void {
  const plans = planDirectory(directories);
  // One that a package manager has made is not ours to change.
  if (dirname(old.path) !== plans) return;
  const shims = shimDirectory(directories);
  try {
    withFreeLock(join(shims, ".lock"), () => {
      const file = join(shims, plan.shim);
      const text = readFileSync(file, "utf8");
      const word = quoteForScript(renderReference(old));
      // Another launch was faster, or it is another shim.
      if (!text.includes(` --plan ${word} `)) return;
      const now = quoteForScript(renderReference(writePlan(plans, plan)));
      writeFileAtomic(
        file,
        text.replaceAll(word, () => now),
        { mode: 0o755 },
      );
      removeOldPlans(plans, new Map([[plan.shim, plan.name]]), [plan.shim]);
    });
  } catch (error) {
    if (describeSystemError(error) === undefined) throw error;
  }
}
