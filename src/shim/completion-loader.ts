import { quoteForFish, quoteForScript } from "./quote.ts";
import type { Shell } from "./shell-environment.ts";

export type Completed = {
  /** Absolute path of the pale executable. */
  pale: string;
  /** Names of shims that have a `-raw` twin. */
  twins: readonly string[];
};

/**
 * What has an interactive shell complete pale's words, and `claude-raw` as `claude`. pale is
 * started for it at the first Tab and not before; the shims need nothing, as they go by their name.
 */
export function renderCompletionLoader(shell: Shell, { pale, twins }: Completed): string {
  switch (shell) {
    case "bash":
      return renderBash(`${quoteForScript(pale)} completion bash`, twins);
    case "zsh":
      return renderZsh(`${quoteForScript(pale)} completion zsh`, twins);
    case "fish":
      return renderFish(`${quoteForFish(pale)} completion fish`, twins);
    case "sh":
      return "";
  }
}

function renderBash(command: string, twins: readonly string[]): string {
  const load = `eval "$(${command} 2>/dev/null)"`;
  const raw = twins.map((name) => quoteForScript(`${name}-raw`));
  return [
    "case $- in *i*)",
    `  _pale_load() { complete -r pale; ${load}; return 124; }`,
    "  complete -F _pale_load pale",
    ...(raw.length === 0
      ? []
      : [
          `  _pale_raw() { declare -F _pale_twin >/dev/null || ${load}; _pale_twin "$@"; }`,
          `  complete -F _pale_raw ${raw.join(" ")}`,
        ]),
    "esac",
    "",
  ].join("\n");
}

/**
 * At the first prompt, as the completions of zsh are there only after every startup file. With the
 * options of zsh itself: with those of ksh, other hooks would be lost.
 */
function renderZsh(command: string, twins: readonly string[]): string {
  return [
    "if [[ -o interactive ]]; then",
    "  _pale_load() {",
    `    eval "$(${command} 2>/dev/null)"`,
    '    (( $+functions[_pale] )) && _pale "$@"',
    "  }",
    "  _pale_register() {",
    "    emulate -L zsh",
    "    precmd_functions=(${precmd_functions:#_pale_register})",
    "    (( $+functions[compdef] )) || return 0",
    "    compdef _pale_load pale",
    "    local name",
    `    for name in ${twins.map(quoteForScript).join(" ")}; do`,
    '      [[ -z ${_comps[$name]-} ]] || compdef "$name-raw=$name"',
    "    done",
    "  }",
    "  () {",
    "    emulate -L zsh",
    "    typeset -ga precmd_functions",
    "    precmd_functions=(${precmd_functions:#_pale_register} _pale_register)",
    "  }",
    "fi",
    "",
  ].join("\n");
}

function renderFish(command: string, twins: readonly string[]): string {
  return [
    "if status is-interactive",
    "    function __pale_load",
    "        complete -c pale -e",
    `        ${command} 2>/dev/null | source`,
    "        set -l line (commandline -cp | string collect)",
    '        complete -C "$line"',
    "    end",
    "    complete -c pale -f -a '(__pale_load)'",
    ...twins.map(
      (name) => `    complete -c ${quoteForFish(`${name}-raw`)} -w ${quoteForFish(name)}`,
    ),
    "end",
    "",
  ].join("\n");
}
