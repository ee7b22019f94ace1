# shellcheck shell=bash
# Completion of pale's words in bash, with or without the bash-completion package.
# Printed by `pale completion bash`, made from the definitions of the commands.
#
# What `pale complete` prints comes from configuration files and logs: it is only ever
# compared and quoted, never evaluated.

# Sets what belongs to the command `$1`: flags and what those take, commands below it, what its
# places take (a word with `+` in front of it is itself the value), where a command line begins.
_pale_definition() {
  commands=() flags=() places=() takes=() variadic='' command_at='' behind=''
  case $1 in
@DEFINITION@
  esac
}

_pale() {
  local -a words=() offsets=() pieces=() commands=() flags=() places=()
  local -A takes=()
  local variadic='' command_at='' behind='' path='' place=0 ended='' option='' command=''
  COMPREPLY=()
  _pale_split
  _pale_walk
  if [[ $command ]]; then
    _pale_command_line "$command"
    return
  fi
  local current=${words[-1]} lead='' values=''
  local before=${current%"$2"}
  if [[ $option ]]; then
    values=${takes[$option]}
  elif [[ ! $ended && $current == -*=* && ${takes[${current%%=*}]+set} ]]; then
    lead=${current%%=*}= values=${takes[${current%%=*}]}
  elif [[ ! $ended && $current == -* ]]; then
    _pale_offer "${flags[@]}"
  elif [[ ${#commands[@]} -gt 0 && $place == 0 ]]; then
    _pale_offer "${commands[@]}"
  elif [[ $place -lt ${#places[@]} ]]; then
    values=${places[place]}
  elif [[ $variadic ]]; then
    values=${places[-1]}
  fi
  [[ -z $values ]] || _pale_values "$values"
  if [[ ${#COMPREPLY[@]} -gt 0 && -z ${COMPREPLY[*]##*=} ]]; then
    compopt -o nospace 2>/dev/null
  fi
}

# readline cuts words at `:` and `=`: what no blank is between belongs together.
_pale_split() {
  local line=${COMP_LINE:0:COMP_POINT} piece i
  local length=${#line}
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if [[ $i == 0 || $line == [[:space:]]* ]]; then
      line=${line#"${line%%[![:space:]]*}"}
      words+=('')
      pieces+=("$i")
      offsets+=($((length - ${#line})))
    fi
    if [[ $i == "$COMP_CWORD" ]]; then piece=$line; fi
    words[-1]+=$piece
    line=${line#"$piece"}
  done
}

# Go through the words before the one that is completed.
_pale_walk() {
  local i last=$((${#words[@]} - 1))
  _pale_definition ''
  for ((i = 1; i <= last; i++)); do
    if [[ $option ]]; then
      if ((i < last)); then option=''; fi
      continue
    fi
    if [[ $command_at == "$place" && ($ended || ${words[i]} != -*) ]]; then
      command=$i
      return
    fi
    if ((i < last)); then _pale_pass "${words[i]}"; fi
  done
}

_pale_pass() {
  if [[ ! $ended ]]; then
    case $1 in
    --)
      if [[ $behind ]]; then
        path=run place=0
        _pale_definition run
      else
        ended=1
      fi
      return
      ;;
    -*)
      if [[ $1 != *=* && ${takes[$1]+set} ]]; then option=$1; fi
      return
      ;;
    esac
  fi
  local below
  for below in "${commands[@]}"; do
    if [[ $place == 0 && $1 == "$below" ]]; then
      path=${path:+$path }$1
      _pale_definition "$path"
      return
    fi
  done
  place=$((place + 1))
}

_pale_values() {
  local source
  local -a sources found=()
  read -ra sources <<<"$1"
  for source in "${sources[@]}"; do
    case $source in
    +*) found+=("${source#+}") ;;
    variable | variable-file) mapfile -t -O "${#found[@]}" found < <(compgen -e) ;;
    program) mapfile -t -O "${#found[@]}" found < <(compgen -c -- "$current") ;;
    path | directory | run-words | command-line) ;;
    *) _pale_list "$source" ;;
    esac
  done
  if [[ $1 == variable-file ]]; then
    found=("${found[@]/%/=}")
  fi
  _pale_offer "${found[@]}"
  if [[ ${#COMPREPLY[@]} == 0 ]]; then
    case " $1 " in
    *' path '* | *' variable-file '*) compopt -o default 2>/dev/null ;;
    *' directory '*) compopt -o dirnames 2>/dev/null ;;
    esac
  fi
}

_pale_list() {
  local word _
  while IFS=$'\t' read -r word _; do
    found+=("$word")
  done < <(@PALE@ complete "$1" </dev/null 2>/dev/null)
}

# Words that the one that is typed could become, quoted as it is; readline has `$before` already.
_pale_offer() {
  local typed=${current#"$lead"} each quoted quote=''
  local plain=${typed//\\/}
  case $typed in [\'\"]*) quote=${typed:0:1} plain=${typed:1} ;; esac
  for each; do
    [[ $each == "$plain"* ]] || continue
    case $quote$each in
    \'*\'* | \"*[\"\$\`\\!]*) continue ;;
    [\'\"]*) quoted=$each ;;
    *) printf -v quoted %q "$each" ;;
    esac
    quoted=$lead$quoted
    [[ $quoted == "${before%["\'\""]}"* ]] || continue
    COMPREPLY+=("${quoted#"${before%["\'\""]}"}")
  done
}

# From the word `$1` on, as if nothing were in front of it.
_pale_command_line() {
  local piece=${pieces[$1]}
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$piece"
    return
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$piece"
    return
  fi
  if [[ $1 == $((${#words[@]} - 1)) ]]; then
    local current=${words[-1]} lead='' before=''
    if [[ $current == */* ]]; then
      compopt -o default 2>/dev/null
    else
      local -a found
      mapfile -t found < <(compgen -c -- "$current")
      _pale_offer "${found[@]}"
    fi
    return
  fi
  local COMP_LINE=${COMP_LINE:offsets[$1]}
  local COMP_POINT=$((COMP_POINT - offsets[$1])) COMP_CWORD=$((COMP_CWORD - piece))
  local -a COMP_WORDS=("${COMP_WORDS[@]:piece}")
  _pale_delegate "${COMP_WORDS[0]}"
}

_pale_delegate() {
  local function='' options='' try
  for try in 1 2; do
    if ! _pale_find "$1" && ! _pale_find "${1##*/}"; then
      _pale_find -D || break
      "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || true
      function=''
      continue
    fi
    [[ $function ]] || break
    "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    [[ $? == 124 ]] || break
  done
  for try in $options; do compopt -o "$try" 2>/dev/null; done
  if [[ -z $function ]]; then compopt -o default 2>/dev/null; fi
}

# The function that completes the command `$1`, and the options that it has.
_pale_find() {
  local specification word last=''
  local -a parts
  function='' options=''
  specification=$(complete -p -- "$1" 2>/dev/null) || return
  read -ra parts <<<"$specification"
  for word in "${parts[@]}"; do
    case $last in
    -F) function=$word ;;
    -o) options+=" $word" ;;
    esac
    last=$word
  done
}

# `claude-raw` completes as `claude` does.
_pale_twin() {
  local typed=${COMP_WORDS[0]} name=${1##*/}
  name=${name%-raw}
  local COMP_LINE=$name${COMP_LINE#"$typed"} COMP_POINT=$((COMP_POINT - ${#typed} + ${#name}))
  local -a COMP_WORDS=("$name" "${COMP_WORDS[@]:1}")
  COMPREPLY=()
  _pale_delegate "$name"
}

complete -F _pale pale
