import type { Folder } from "./folder.ts";

/** Shells by the names that the doctor gives them; `sh` is dash on Debian. */
export type ShellName = "bash" | "zsh" | "fish" | "sh";

/** What puts something in front of the shims: how it gets there, and the line for each shell. */
export type Changer = {
  name: string;
  /** Relative to the home: where the line goes, after what is there. */
  file: Partial<Record<ShellName, string>>;
  line: Partial<Record<ShellName, string>>;
  prepare?: (home: Folder) => void;
};

export const RC: Record<ShellName, string> = {
  bash: ".bashrc",
  zsh: ".zshrc",
  fish: ".config/fish/config.fish",
  sh: ".profile",
};

const NVM = 'export NVM_DIR="$HOME/.nvm"; [ -s "$NVM_DIR/nvm.sh" ] && . "$NVM_DIR/nvm.sh"';
const CONDA = '. "$HOME/conda/etc/profile.d/conda.sh"; conda activate base';

export const CHANGERS: readonly Changer[] = [
  { name: "nothing", file: RC, line: { bash: "", zsh: "", fish: "", sh: "" } },
  {
    name: "a plain line for PATH",
    file: RC,
    line: {
      ...forPosix('export PATH="$HOME/tool:$PATH"'),
      sh: 'PATH="$HOME/tool:$PATH"',
      fish: "set -gx PATH $HOME/tool $PATH",
    },
  },
  { name: "nvm", file: RC, line: forPosix(NVM), prepare: makeNvm },
  {
    name: "asdf",
    file: RC,
    line: { ...forPosix('. "$HOME/.asdf/asdf.sh"'), fish: "source ~/.asdf/asdf.fish" },
    prepare: makeAsdf,
  },
  {
    name: "mise activate --shims",
    file: RC,
    line: forHook((shell) => `mise activate ${shell} --shims`),
    prepare: makeMise,
  },
  {
    name: "mise activate",
    file: RC,
    line: forHook((shell) => `mise activate ${shell}`),
    prepare: makeMise,
  },
  {
    name: "direnv hook",
    file: RC,
    line: forHook((shell) => `direnv hook ${shell}`),
    prepare: makeDirenv,
  },
  { name: "conda", file: RC, line: forPosix(CONDA), prepare: makeConda },
  {
    name: "`~/.profile` read again",
    file: RC,
    line: { bash: ". ~/.profile", zsh: "emulate sh -c '. ~/.profile'" },
    prepare: (home) => home.write(".profile", PROFILE),
  },
  {
    name: "PATH set anew at log-in",
    file: { bash: ".profile", zsh: ".zprofile", sh: ".profile" },
    line: { ...forPosix(RESET()), sh: RESET() },
  },
  { name: "fish_add_path", file: RC, line: { fish: "fish_add_path ~/tool" } },
  {
    name: "fish_user_paths (universal)",
    file: { fish: ".config/fish/fish_variables" },
    line: { fish: "SETUVAR fish_user_paths:HOME/tool" },
  },
];

/** Debian's, but for comments; it is what `. ~/.profile` in other files reads again. */
export const PROFILE = [
  'if [ -n "$BASH_VERSION" ] && [ -z "$PALE_TEST_ONCE" ]; then',
  '  PALE_TEST_ONCE=1; [ -f "$HOME/.bashrc" ] && . "$HOME/.bashrc"; unset PALE_TEST_ONCE',
  "fi",
  'if [ -d "$HOME/tool" ] ; then PATH="$HOME/tool:$PATH"; fi',
  "",
].join("\n");

/** As `path_helper` of other systems leaves it, and `/etc/profile` of Debian. */
function RESET(): string {
  return 'PATH="$HOME/tool:/usr/local/bin:/usr/bin:/bin"';
}

function forPosix(line: string) {
  return { bash: line, zsh: line };
}

function forHook(render: (shell: string) => string) {
  const evaluate = (shell: string) => `eval "$(~/.local/bin/${render(shell)})"`;
  return {
    bash: evaluate("bash"),
    zsh: evaluate("zsh"),
    fish: `~/.local/bin/${render("fish")} | source`,
  };
}

/** The part of nvm.sh that changes PATH: what `nvm use default` does when it is read. */
function makeNvm(home: Folder): void {
  home.write(
    ".nvm/nvm.sh",
    [
      'nvm_change_path() { printf %s "$2$3:$1"; }',
      'nvm() { PATH="$(nvm_change_path "$PATH" "$NVM_DIR" "/versions/node/v22/bin")"; export PATH; }',
      "nvm use --silent default",
      "",
    ].join("\n"),
  );
  home.link(".nvm/versions/node/v22/bin/claude", "../../../../../tool/claude");
}

function makeAsdf(home: Folder): void {
  home.write(".asdf/asdf.sh", 'export ASDF_DIR=$HOME/.asdf PATH="$HOME/.asdf/shims:$PATH"\n');
  home.write(".asdf/asdf.fish", "set -gx PATH $HOME/.asdf/shims $PATH\n");
  home.link(".asdf/shims/claude", "../../tool/claude");
}

function makeConda(home: Folder): void {
  home.write("conda/etc/profile.d/conda.sh", 'conda() { export PATH="$HOME/conda/bin:$PATH"; }\n');
  home.link("conda/bin/claude", "../../tool/claude");
}

/** `--shims` prints a line; without it a hook is printed, which asks again at every prompt. */
function makeMise(home: Folder): void {
  const [first, hook] = [renderFirst("$HOME/tool"), renderHooks("mise hook-env")];
  const script = [
    "#!/bin/sh",
    'case "$1 $3" in',
    `  "activate --shims") ${first} ;;`,
    `  "activate ") shell=$2; ${hook} ;;`,
    `  "hook-env "*) set -- x "$2"; ${first} ;;`,
    "esac",
    "",
  ];
  home.write(".local/bin/mise", script.join("\n"), 0o755);
}

/** What is in .envrc is done at the first prompt, and not again. */
function makeDirenv(home: Folder): void {
  const script = [
    "#!/bin/sh",
    'case "$1" in',
    `  hook) shell=$2; ${renderHooks("direnv export")} ;;`,
    '  export) [ -z "$DIRENV_DIR" ] || exit 0',
    '    case $2 in fish) echo "set -gx DIRENV_DIR x;" ;; *) echo "export DIRENV_DIR=x" ;; esac',
    '    while read -r word path; do [ "$word" = PATH_add ] || continue',
    `      path=$(eval "echo $path"); ${renderFirst("$path")}`,
    '    done <"$HOME/project/.envrc" ;;',
    "esac",
    "",
  ];
  home.write(".local/bin/direnv", script.join("\n"), 0o755);
  home.write("project/.envrc", "PATH_add $HOME/tool\n");
}

function renderFirst(directory: string): string {
  return `case $2 in fish) echo "set -gx PATH ${directory} \\$PATH;" ;; *) echo "export PATH=${directory}:\\$PATH" ;; esac`;
}

/** As both tools have it: PROMPT_COMMAND, precmd_functions, the event of fish. */
function renderHooks(asks: string): string {
  const ask = (shell: string) => `\\$(~/.local/bin/${asks} ${shell})`;
  return [
    "case $shell in",
    `bash) echo "_pale_hook() { eval \\"${ask("bash")}\\"; }; PROMPT_COMMAND=_pale_hook\\\${PROMPT_COMMAND:+;\\$PROMPT_COMMAND}" ;;`,
    `zsh) echo "_pale_hook() { eval \\"${ask("zsh")}\\"; }; typeset -ag precmd_functions; precmd_functions=(_pale_hook \\$precmd_functions)" ;;`,
    `fish) echo "function _pale_hook --on-event fish_prompt; ~/.local/bin/${asks} fish | source; end" ;;`,
    "esac",
  ].join(" ");
}
