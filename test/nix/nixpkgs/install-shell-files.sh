# shellcheck shell=bash disable=SC2154 # Nix sets `out`
# Sourced by builds that use `installShellFiles`.

installManPage() {
  local page
  for page; do install -Dm444 "$page" "$out/share/man/man${page##*.}/${page##*/}"; done
}

installShellCompletion() {
  [ "$1" = --cmd ] || return 1
  local command=$2 place
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      --bash) place=bash-completion/completions/$command.bash ;;
      --zsh) place=zsh/site-functions/_$command ;;
      --fish) place=fish/vendor_completions.d/$command.fish ;;
      *) return 1 ;;
    esac
    mkdir -p "$out/share/${place%/*}"
    cat "$2" > "$out/share/$place"
    shift 2
  done
}
