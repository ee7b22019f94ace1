import * as z from "zod";

/**
 * The one description of what a configuration file may hold. Unknown keys are
 * errors: a misspelt `mounts` must never mean "no mounts".
 */

const path = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^\u0000-\u001F\u007F]*$/u, "must not hold control characters")
  .regex(/^(?:~$|~\/|\/)/u, "must be absolute or begin with `~/`");

const relativePath = z
  .string()
  .regex(
    /^(?!\/|.*(?:^|\/)\.\.(?:\/|$))[^\u0000-\u001F\u007F]+$/u,
    "must be below `host`, without `..`",
  );

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, "must be the name of an environment variable");

const variablePattern = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/u, "must be a variable's name, which may end in `*`");

const variableValue = z.string().regex(/^[^\u0000]*$/u, "must not hold a NUL byte");

const profileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u, "must be letters, digits, `.`, `_` and `-`");

const mount = z.strictObject({
  host: path.describe("Path on the host."),
  sandbox: path.optional().describe("Path inside the sandbox. Default: the same as `host`."),
  access: z.enum(["ro", "rw"]).default("ro").describe("Read-only or read-write."),
  optional: z.boolean().default(false).describe("Leave the mount out when `host` is missing."),
  create: z.boolean().default(false).describe("Make a missing `host` as a directory, mode 0700."),
  variable: variableName
    .optional()
    .describe("Variable that moves `host` when the caller has set it, and that is set inside."),
  seed: z
    .array(z.strictObject({ from: path, to: relativePath }))
    .optional()
    .describe("Files copied into `host` where it lacks them; not when `variable` has moved it."),
});

const settings = {
  uses: z.array(profileName).optional().describe("Profiles to build on, in order."),
  mounts: z.array(mount).optional().describe("Host paths that the agent may see."),
  path_add: z.array(path).optional().describe("Directories put in front of PATH."),
  env: z
    .strictObject({
      pass: z.array(variablePattern).optional().describe("Variables handed through by name."),
      set: z.record(variableName, variableValue).optional().describe("Variables with a value."),
    })
    .optional()
    .describe("Environment inside the sandbox, beyond terminal, locale and identity."),
  network: z.enum(["none", "host"]).optional().describe("`none`: loopback only. `host`: all."),
  seccomp: z.boolean().optional().describe("Filter system calls. Default: true."),
  command: z.array(z.string()).min(1).optional().describe("What runs when no command is given."),
};

const profile = z.strictObject(settings);

export const configurationFile = z.strictObject({
  ...settings,
  profile: z.record(profileName, profile).optional().describe("Named profiles."),
});

export type ProfileDocument = z.infer<typeof profile>;
export type ConfigurationDocument = z.infer<typeof configurationFile>;
