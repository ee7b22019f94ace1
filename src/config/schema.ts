import * as z from "zod";
import { NETWORK_MODES, REGISTRIES } from "../policy.ts";
import { parseHostRule } from "../proxy/host-rule.ts";

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

const hostRule = z.string().superRefine((text, context) => {
  const rule = parseHostRule(text);
  if ("problem" in rule) context.addIssue({ code: "custom", message: rule.problem });
});

const PORT = "must be a port: a number from 1 to 65535";
const port = z.int({ error: PORT }).min(1, PORT).max(65_535, PORT);

const forward = z.strictObject({
  host_port: port.describe("Port of a server on the host's loopback."),
  sandbox_port: port.optional().describe("Port inside. Default: the same."),
});

const publication = z.union(
  [
    port,
    z.strictObject({
      sandbox_port: port.describe("Port of a server inside."),
      host_port: port.optional().describe("Port on the host's loopback. Default: the same."),
    }),
  ],
  { error: "must be a port or `{ sandbox_port = ..., host_port = ... }`" },
);

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
  network: z
    .enum(NETWORK_MODES)
    .optional()
    .describe("`none`: loopback only. `filtered`: `allow`. `open`: the internet. `host`: all."),
  allow: z.array(hostRule).optional().describe("Hosts that can be reached."),
  deny: z.array(hostRule).optional().describe("Hosts that cannot, whatever is allowed."),
  registries: z.array(z.enum(REGISTRIES)).optional().describe("Allow the registries in use."),
  endpoints: z
    .array(variableName)
    .optional()
    .describe("Variables that hold the URL of a server: it can be reached, also on loopback."),
  forwards: z.array(forward).optional().describe("Servers of the host, shown inside."),
  publish: z
    .union([z.literal("auto"), z.array(publication)], { error: 'must be `"auto"` or a list' })
    .optional()
    .describe("Servers inside, shown on the host's loopback."),
  seccomp: z.boolean().optional().describe("Filter system calls. Default: true."),
  command: z.array(z.string()).min(1).optional().describe("What runs when no command is given."),
};

const profile = z.strictObject(settings);

export const configurationFile = z.strictObject({
  ...settings,
  profile: z.record(profileName, profile).optional().describe("Named profiles."),
  project: z.record(path, profile).optional().describe("Settings for the project at a path."),
});

export type ProfileDocument = z.infer<typeof profile>;
export type ConfigurationDocument = z.infer<typeof configurationFile>;
