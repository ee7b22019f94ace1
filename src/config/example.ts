/** The configuration that `pale init` writes: everything in it is a comment, so it changes nothing. */
export const EXAMPLE_CONFIGURATION = `# pale: what agents may see and do.
#
# Settings at the top hold for every profile; [profile.NAME] for one. The command
# \`claude\` runs with [profile.claude], which is shipped with pale and which a table of
# that name here adds to: lists append, scalars replace.
# Print what a launch would do: pale run --dry-run claude

# "none": loopback only. "host": the host's network, unfiltered.
# network = "none"

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
