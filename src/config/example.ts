/** Toolchains that agents are to use, and all that are there to be used. */
export type Toolchains = { chosen: readonly string[]; found: readonly string[] };

/** The configuration that `pale init` writes. */
export function renderExample({ chosen, found }: Toolchains): string {
  const names = (chosen.length > 0 ? chosen : found).map((name) => `"${name}"`).join(", ");
  const used = `${chosen.length > 0 ? "" : "# "}uses = [${names}]`;
  const note =
    "# Toolchains that agents may use, with their downloads; all are in docs/profiles.md.";
  const uses = found.length > 0 ? `${note}\n${used}\n\n` : "";
  return EXAMPLE_CONFIGURATION.replace('# "none"', () => `${uses}# "none"`);
}

/** Everything in it is a comment, so it changes nothing. */
export const EXAMPLE_CONFIGURATION = `#:schema ./pale.schema.json
# pale: what agents may see and do.
#
# The first line is for editors; \`pale schema\` prints that file anew.
# To see what all of it comes to: pale show claude, pale why PATH, pale check
#
# Settings at the top hold for every profile; [profile.NAME] for one. The command
# \`claude\` runs with [profile.claude], which is shipped with pale and which a table of
# that name here adds to: lists append, scalars replace.
# Print what a launch would do: pale run --dry-run claude

# "none": loopback only. "filtered": the hosts that are allowed. "open": every public host.
# "host": the host's network, with all that is on its loopback.
# network = "filtered"

# Hosts, with all below them or on another port than 443 and 80. \`deny\` beats \`allow\`.
# allow = ["api.example.com", "*.example.org", "db.example.net:5432"]
# deny = ["uploads.example.org"]

# The registries that npm, pip and cargo are configured to use.
# registries = ["npm"]

# A server on your machine (llama-server), shown inside; and one inside, shown on your machine.
# forwards = [{ host_port = 8080 }]
# publish = [3000]

# Host paths that agents may see. Without \`access\` they are read-only.
# mounts = [
#   { host = "~/.gitconfig", optional = true },
#   { host = "~/notes", access = "rw" },
#   { host = "~/.cache/my-tool", access = "rw", create = true },
# ]

# Directories in front of PATH.
# path_add = ["~/.local/bin"]

# Variables beyond terminal, locale and identity.
# env.pass = ["GITHUB_TOKEN", "MY_*"]
# env.set = { NODE_OPTIONS = "--max-old-space-size=4096" }

# [profile.claude]
# mounts = [{ host = "~/.config/claude-hooks" }]

# [profile.work]
# uses = ["claude"]
# network = "none"
`;
