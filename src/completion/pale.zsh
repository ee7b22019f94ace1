#compdef pale
# Completion of pale's words in zsh, as a file of fpath or evaluated.
# Printed by `pale completion zsh`, made from the definitions of the commands.
#
# What `pale complete` prints comes from configuration files and logs: it only ever goes to
# compadd, which quotes it.

# Sets what belongs to the command `$1`.
_pale_definition() {
  below=() specs=() behind=''
  case $1 in
@DEFINITION@
  esac
}

_pale() {
  _pale_node ''
}

_pale_node() {
  local curcontext=$curcontext state='' name=$1 behind=''
  local -a below specs line
  typeset -A opt_args
  _pale_definition "$name"
  integer end=${words[(i)--]}
  if [[ -n $behind ]] && (( end < CURRENT )); then
    words=(run "${(@)words[end+1,-1]}")
    (( CURRENT -= end - 1 ))
    _pale_node run
    return
  fi
  if (( $#below == 0 )); then
    [[ -n ${(M)specs:#-A} ]] && _pale_behind_end && return
    _arguments -s -S $specs
    return
  fi
  integer next=2
  while (( next < CURRENT )) && [[ $words[next] == -* ]]; do (( next++ )); done
  if (( next < CURRENT )); then
    words=("${(@)words[next,-1]}")
    (( CURRENT -= next - 1 ))
    _pale_node "${name:+$name }$words[1]"
    return
  fi
  _arguments -C -s $specs '1: :->command' && return
  [[ $state == command ]] && _describe -t commands command below
}

# The command behind `--`: with `-A`, _arguments would take the `--` for the command.
_pale_behind_end() {
  integer index
  for (( index = 2; index < CURRENT; index++ )); do
    case $words[index] in
      --)
        words=("${(@)words[index+1,-1]}")
        (( CURRENT -= index ))
        if (( CURRENT == 1 )); then _command_names -e; else _normal; fi
        return 0 ;;
      -*)
        # A spec with a `*` is of an option that takes the next word.
        if (( ${#${(M)specs:#\*${words[index]}[+=]*}} )); then (( index++ )); fi ;;
      *) return 1 ;;
    esac
  done
  return 1
}

# What can stand in a place: `+WORD` is a value, all else says where values come from.
_pale_values() {
  local source result=1
  local -a exported=(${(k)parameters[(R)*export*]})
  for source; do
    case $source in
      +*=) compadd -S '' -- ${source#+} && result=0 ;;
      +*) compadd -- ${source#+} && result=0 ;;
      path) compset -P '*:'; _files && result=0 ;;
      directory) _files -/ && result=0 ;;
      variable) compadd -a exported && result=0 ;;
      variable-file)
        if compset -P '*='; then _files && result=0
        else compadd -S = -a exported && result=0
        fi ;;
      program) _command_names -e && result=0 ;;
      run-words) ;;
      *) _pale_list $source && result=0 ;;
    esac
  done
  return result
}

_pale_list() {
  local entry
  local -a found shown
  for entry in "${(@f)$(@PALE@ complete $1 </dev/null 2>/dev/null)}"; do
    [[ -n $entry ]] || continue
    found+=("${entry%%$'\t'*}")
    shown+=("${entry/$'\t'/  -- }")
  done
  compadd -l -d shown -a found
}

if (( $+functions[compdef] )); then
  compdef _pale pale
fi
if [[ $funcstack[1] == _pale ]]; then
  _pale "$@"
fi
