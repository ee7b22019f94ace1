import * as z from "zod";
import { ACCESSES } from "../policy.ts";
import type { LIMITS } from "../policy.ts";
import { count, path, relativePath, size, variableName } from "./schema-values.ts";

/** The keys of a configuration file whose values are tables of their own. */

export const mount = z
  .strictObject({
    host: path.describe("Path on the host, absolute or `~/...`."),
    sandbox: path.optional().describe("Path inside. Default: the same."),
    access: z
      .enum(ACCESSES)
      .default("ro")
      .describe(
        "`ro`: read-only. `rw`: writable. `overlay`: writable, the changes kept apart. `mask`: something empty.",
      ),
    optional: z
      .boolean()
      .default(false)
      .describe("Leave it out when `host` is missing. Otherwise a missing one stops the launch."),
    create: z
      .boolean()
      .default(false)
      .describe("Make a missing `host` as a directory that is yours alone."),
    variable: variableName
      .optional()
      .describe(
        "Variable that moves `host` when you have set it, and that is set inside to where it is.",
      ),
    seed: z
      .array(z.strictObject({ from: path, to: relativePath }))
      .optional()
      .describe(
        "`[{ from, to }]`: files copied into `host` where it lacks them, but for one that `variable` has moved.",
      ),
    protect: z
      .array(relativePath)
      .optional()
      .describe("Paths below `host` that stay read-only, there or not."),
  })
  .meta({ id: "mount" });

export const limits = z.strictObject({
  processes: count.optional().describe("Processes and threads at once."),
  open_files: count.optional().describe("Open files of each process."),
  memory: size.optional().describe("Memory of all processes together."),
  file_size: size.optional().describe("The largest file that can be written."),
  tmp_size: size.optional().describe("Each of /tmp, /var/tmp, /run, /dev/shm and the home."),
} satisfies Record<(typeof LIMITS)[number], z.ZodType>);
