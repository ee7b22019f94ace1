import { UserError } from "../errors.ts";
import type { Registry } from "../policy.ts";

const SETTINGS: Record<Registry, string> = {
  npm: "`npm config set registry URL`",
  pip: "`pip config set global.index-url URL`",
  cargo: "`[source]` in ~/.cargo/config.toml",
};

/** A tool whose own registry is not known would fail inside at its first download. */
export function underivable(registry: Registry): UserError {
  return new UserError(`\`${registry}\`: cannot tell which registry ${registry} uses`, {
    origin: "neither its configuration nor an installed one says it",
    hint: `configure it (${SETTINGS[registry]}), or use \`allow = ["HOST"]\` instead of \`${registry}\``,
  });
}
