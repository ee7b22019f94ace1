import * as z from "zod";
import { CLIPBOARDS, MODES, NETWORK_MODES, NOTIFICATIONS, REGISTRIES } from "../policy.ts";
import { limits, mount } from "./schema-tables.ts";
import { about } from "./schema-about.ts";
import { credentialSettings } from "./schema-credentials.ts";
import {
  path,
  relativePath,
  variableName,
  variablePattern,
  variableValue,
  profileName,
  hostRule,
  forward,
  publication,
  socket,
} from "./schema-values.ts";

/**
 * The one description of what a configuration file may hold. Unknown keys are
 * errors: a misspelt `mounts` must never mean "no mounts".
 */

const settings = {
  uses: z
    .array(profileName)
    .optional()
    .meta(
      about("Profiles to build on. Theirs come before, in this order; each counts once.", "uses"),
    ),
  mounts: z
    .array(mount)
    .optional()
    .meta(
      about(
        "What of the host is shown inside, one table each; see below.",
        "mount",
        "ro",
        "rw",
        "overlay",
        "mask",
      ),
    ),
  path_add: z.array(path).optional().meta(about("Directories in front of PATH.", "path-add")),
  env: z
    .strictObject({
      pass: z
        .array(variablePattern)
        .optional()
        .meta(about("Variables handed through when you have them; a name may end in `*`.", "env")),
      set: z
        .record(variableName, variableValue)
        .optional()
        .meta(about("Variables with a value, by name.", "env")),
      file: z
        .record(variableName, path)
        .optional()
        .meta(
          about(
            "Variables with what a file of the host holds, by name; the last line feed is left out.",
            "env-file",
          ),
        ),
      command: z
        .record(variableName, z.array(variableValue).min(1))
        .optional()
        .meta(
          about(
            "Variables with what a command prints, by name; it runs outside, at every launch.",
            "env-command",
          ),
        ),
    })
    .optional()
    .meta({ description: "Environment inside, beyond terminal, locale and identity." }),
  network: z
    .enum(NETWORK_MODES)
    .optional()
    .meta(
      about(
        "`none`: a loopback of its own. `filtered`: the hosts of `allow`. `open`: every public host. `host`: the network of the host. Default: `filtered`.",
        "network",
      ),
    ),
  allow: z
    .array(hostRule)
    .optional()
    .meta(about("Hosts that can be reached: `host`, `*.host`, `host:port`, an address.", "allow")),
  deny: z
    .array(hostRule)
    .optional()
    .meta(about("Hosts that cannot, whatever is allowed; without a port at every port.", "deny")),
  registries: z
    .array(z.enum(REGISTRIES))
    .optional()
    .meta(
      about("Package managers; allow the registries that they are configured to use.", "registry"),
    ),
  endpoints: z
    .array(variableName)
    .optional()
    .meta(
      about(
        "Variables that hold the URL of a server: it can be reached, also on the host's loopback.",
        "endpoint",
      ),
    ),
  ...credentialSettings,
  forwards: z
    .array(forward)
    .optional()
    .meta(
      about(
        "Servers on the host's loopback, shown inside: `{ host_port, sandbox_port }`.",
        "forward",
      ),
    ),
  publish: z
    .union([z.literal("auto"), z.array(publication)], { error: 'must be `"auto"` or a list' })
    .optional()
    .meta(
      about(
        "Servers inside, shown on the host's loopback: ports, `{ sandbox_port, host_port }`, or `auto` for all.",
        "publish",
      ),
    ),
  sockets: z
    .array(socket)
    .optional()
    .meta(about("Unix sockets of the host, each by its path.", "socket")),
  protect: z
    .array(relativePath)
    .optional()
    .meta(
      about(
        "Paths of the project that stay read-only, there or not, beside those that do so anyway.",
        "protect",
      ),
    ),
  unprotect: z
    .array(relativePath)
    .optional()
    .meta(
      about(
        "Paths of the project that may be written although they stay read-only otherwise.",
        "unprotect",
      ),
    ),
  limits: limits.optional().meta(about("What the sandbox may use at most; see below.", "limit")),
  mode: z
    .enum(MODES)
    .optional()
    .meta(
      about(
        "`allowlist`: only what is named is there. `blacklist`: all of the host but what is sensitive, read-only. Default: `allowlist`.",
        "mode",
      ),
    ),
  seccomp: z
    .boolean()
    .optional()
    .meta(
      about("Allow only system calls on the allowlist. Default: true.", "seccomp", "no-seccomp"),
    ),
  terminal_filter: z
    .boolean()
    .optional()
    .meta(
      about(
        "Remove escape sequences that act on more than the screen, as clipboard writes and title reports: see [terminal.md](terminal.md). Default: false.",
        "terminal-filter",
        "no-terminal-filter",
      ),
    ),
  git_identity: z
    .boolean()
    .optional()
    .meta(
      about(
        "Name and address for commits, as your git has them, and nothing else of its configuration.",
        "git-identity",
        "no-git-identity",
      ),
    ),
  notify: z
    .enum(NOTIFICATIONS)
    .optional()
    .meta(
      about(
        "How you are told at once that a host was refused: `none`, a `bell` of the terminal, a `desktop` notice. Default: `none`.",
        "notify",
      ),
    ),
  clipboard: z
    .enum(CLIPBOARDS)
    .optional()
    .meta(
      about(
        "What may be read of your clipboard, never changed: `none`, `images`, `all`. Default: `none`.",
        "clipboard",
      ),
    ),
  warning: z
    .string()
    .regex(/^[^\u0000-\u001F\u007F]*$/u, "must not hold control characters")
    .optional()
    .meta(about("What is printed at every launch; empty for nothing.")),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .meta(about("What runs when no command is given, word by word.")),
};

const project = z.strictObject(settings).meta({ id: "settings" });

/** Words for one program: nowhere but in the profile that is named like it. */
const profile = z
  .strictObject({
    ...settings,
    arguments: z
      .array(z.string().regex(/^[^\u0000]*$/u, "must not hold a null character"))
      .optional()
      .describe("Words in front of those of the command that the profile is named like."),
  })
  .meta({ id: "profile" });

export const configurationFile = z.strictObject({
  ...settings,
  profile: z
    .record(profileName, profile)
    .optional()
    .meta(about("A profile, by its name; the same keys.")),
  project: z
    .record(path, project)
    .optional()
    .meta(about("Settings for the project at a path; the same keys.")),
});

export type ProfileDocument = z.infer<typeof profile>;
export type ConfigurationDocument = z.infer<typeof configurationFile>;
