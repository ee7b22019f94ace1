import { quoteForFish, quoteForScript } from "./quote.ts";

export const SHELLS = ["bash", "zsh", "fish", "sh"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell has to evaluate so that the shims come first on PATH: moves the
 * directory to the front wherever it is, so that a second evaluation (a nested shell,
 * a later rc file) changes nothing or puts it first again.
 */
export function renderShellEnvironment(shell: Shell, directory: string): string {
  switch (shell) {
    case "bash":
    case "zsh":
    case "sh":
      return renderPosix(directory);
    case "fish":
      return renderFish(directory);
  }
}

/**
 * What has `pale` found where its directory is not on PATH, as `~/.local/bin` is not in every shell:
 * last, so that nothing else there comes before what was found. Comes after the shims, so PATH is not empty.
 */
export function renderOwnDirectory(shell: Shell, directory: string): string {
  return shell === "fish"
    ? `command -q pale; or set -gx PATH $PATH ${quoteForFish(directory)}\n`
    : `command -v pale >/dev/null 2>&1 || export PATH="$PATH":${quoteForScript(directory)}\n`;
}

function renderPosix(directory: string): string {
  const quoted = quoteForScript(directory);
  return [
    'pale_path=":${PATH-}:"',
    `while case $pale_path in *:${quoted}:*) true ;; *) false ;; esac; do`,
    `  pale_path=\${pale_path%%:${quoted}:*}:\${pale_path#*:${quoted}:}`,
    "done",
    // No empty entry where there was none: it would mean the working directory.
    "pale_path=${pale_path#:}",
    "pale_path=${pale_path%:}",
    `export PATH=${quoted}"\${pale_path:+:}$pale_path"`,
    "unset pale_path",
    "",
  ].join("\n");
}

function renderFish(directory: string): string {
  const quoted = quoteForFish(directory);
  return [
    `while set -l pale_index (contains -i -- ${quoted} $PATH)`,
    "    set -e PATH[$pale_index]",
    "end",
    "set -e pale_index",
    `set -gx PATH ${quoted} $PATH`,
    "",
  ].join("\n");
}
