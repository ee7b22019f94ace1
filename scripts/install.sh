#!/bin/sh
# Install pale for the user who runs this: missing packages by the system's package
# manager (the only step that asks for sudo), then build, executable, configuration, shims,
# and a proof that a command runs confined. Safe to run again at any time.
set -eu
cd "$(dirname "$0")/.."

fail() {
  printf 'install: %s\n' "$1" >&2
  [ "$#" -lt 2 ] || printf '  %s\n' "$2" >&2
  exit 1
}

check_host() {
  [ "$(uname -s)" = Linux ] || fail "pale runs on Linux only"
  case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) fail "pale runs on x86_64 and aarch64, this is $(uname -m)" ;;
  esac
  [ "$(id -u)" != 0 ] || fail "this is root; pale is for an ordinary user" "run it as the user who starts the agents"
}

# Each program that is not there, as the name of its package.
list_missing() {
  has bwrap || printf 'bubblewrap '
  has npm || printf 'npm '
}

has() {
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]
}

install_packages() {
  missing=$(list_missing)
  [ -n "$missing" ] || return 0
  printf 'install: missing packages: %s\n' "$missing"
  # shellcheck disable=SC2086 # a list of words
  if has apt-get; then
    as_root apt-get update && as_root apt-get install -y $missing
  elif has dnf; then
    as_root dnf install -y $missing
  elif has pacman; then
    as_root pacman -S --needed --noconfirm $missing
  elif has zypper; then
    as_root zypper install -y $missing
  elif has apk; then
    as_root apk add $missing
  else
    fail "no package manager that this script knows" "install these by hand: $missing(with Nix: docs/nix.md)"
  fi
  still=$(list_missing)
  [ -z "$still" ] || fail "still missing after the installation: $still"
}

as_root() {
  has sudo || fail "sudo is not there" "as root, run: $*"
  sudo "$@"
}

build() {
  echo 'install: building pale; this takes a minute or two'
  npm ci --no-audit --no-fund --loglevel=error
  npm run --silent build
}

# A running pale keeps its file; the new one is renamed over the name.
install_executable() {
  bin="$HOME/.local/bin"
  mkdir -p "$bin"
  cp dist/pale "$bin/.pale.new"
  mv -f "$bin/.pale.new" "$bin/pale"
  pale="$bin/pale"
}

install_manual() {
  # Where man looks for what is in ~/.local/bin.
  manual="$HOME/.local/share/man/man1"
  mkdir -p "$manual"
  "$pale" man >"$manual/.pale.1.new"
  mv -f "$manual/.pale.1.new" "$manual/pale.1"
}

# A file in the home directory, read outside and then inside: the second must fail, and
# the project must be writable all the same.
prove() {
  place=$(mktemp -d "$HOME/.pale-proof.XXXXXX")
  trap 'rm -rf "$place"' EXIT
  mkdir "$place/project"
  echo "a secret of the home directory" >"$place/secret"
  printf '\nProof, in a sandbox on this machine:\n'
  printf '  outside:  cat secret  ->  %s\n' "$(cat "$place/secret")"
  # shellcheck disable=SC2016 # expanded inside
  inside=$(cd "$place/project" && "$pale" run -- sh -c \
    'cat ../secret 2>&1 | sed "s/.*: //"; echo written inside >proof; grep CapEff /proc/self/status') ||
    fail "the sandbox did not start" "the message above says why"
  printf '  inside:   cat secret  ->  %s\n' "$(printf '%s\n' "$inside" | sed -n 1p)"
  printf '  inside:   capabilities  ->  %s\n' "$(printf '%s\n' "$inside" | sed -n 2p | tr -s '\t ' ' ')"
  printf '  outside:  cat project/proof  ->  %s\n' "$(cat "$place/project/proof")"
  case "$inside" in
    "No such file or directory"*) ;;
    *) fail "a file outside of the project could be read inside" ;;
  esac
  [ "$(cat "$place/project/proof")" = "written inside" ] || fail "the project was not writable inside"
}

# shellcheck disable=SC2088,SC2016 # words to be shown, not to be expanded
next_steps() {
  shell=$(basename "${SHELL:-sh}")
  case "$shell" in
    fish) file='~/.config/fish/config.fish' line="$pale shellenv fish | source" ;;
    zsh) file='~/.zshrc' line="eval \"\$($pale shellenv zsh)\"" ;;
    bash) file='~/.bashrc' line="eval \"\$($pale shellenv bash)\"" ;;
    *) file='~/.profile' line="eval \"\$($pale shellenv sh)\"" ;;
  esac
  printf '\npale is installed. To have `claude`, `codex` and `pi` run in it:\n\n  %s setup\n\n' "$pale"
  printf 'or, by hand, as the last line of %s:\n\n  %s\n\n' "$file" "$line"
  printf 'The way out stays: `claude-raw`.\n'
}

check_host
install_packages
build
install_executable
install_manual
"$pale" init
"$pale" shims
prove
next_steps
