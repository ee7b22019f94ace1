# Completion of pale's words in fish.
# Printed by `pale completion fish`, made from the definitions of the commands.
#
# What `pale complete` prints comes from configuration files and logs: fish quotes what a command
# substitution gives, and evaluates none of it.

# Prints what belongs to the command $argv[2], a word a line: the commands below it, the options
# that take the next word, where a command line begins, whether words of `pale run` follow `--`.
function __pale_definition
    switch "$argv[1] $argv[2]"
@DEFINITION@
    end
end

# Goes through the words before the one that is completed, once for every line.
function __pale_walk
    set -l line (commandline -cp | string collect)
    test "$__pale_line" = "$line"; and set -q __pale_line; and return
    set -g __pale_line "$line"
    set -g __pale_path ''
    set -g __pale_place 0
    set -g __pale_ended 0
    set -g __pale_command
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l valued (__pale_definition valued '')
    set -l skipped 0
    while set -q tokens[1]
        set -l token $tokens[1]
        if test $skipped = 1
            set skipped 0
        else if test $__pale_ended = 0; and test "$token" = --
            if test (count (__pale_definition behind "$__pale_path")) = 1
                # fish itself knows no options behind `--`.
                set __pale_command pale run $tokens[2..-1]
                return
            end
            set __pale_ended 1
        else if test $__pale_ended = 0; and string match -q -- '-*' $token
            contains -- $token $valued; and set skipped 1
        else if contains -- $__pale_place (__pale_definition command-at "$__pale_path")
            set __pale_command $tokens
            return
        else if test $__pale_place = 0; and contains -- $token (__pale_definition commands "$__pale_path")
            set __pale_path (string trim -- "$__pale_path $token")
            set valued (__pale_definition valued "$__pale_path")
        else
            set __pale_place (math $__pale_place + 1)
        end
        set -e tokens[1]
    end
end

# Can an option of the command $argv[1] stand here?
function __pale_at
    __pale_walk
    not set -q __pale_command[1]; and test $__pale_ended = 0; and test "$__pale_path" = "$argv[1]"
end

# Is this place $argv[2] of the command $argv[1], or with a third word one behind it?
function __pale_place
    __pale_walk
    not set -q __pale_command[1]; and test "$__pale_path" = "$argv[1]"; or return
    test $__pale_place = $argv[2]
    or begin
        set -q argv[3]; and test $__pale_place -gt $argv[2]
    end
end

function __pale_in_command
    __pale_walk
    set -q __pale_command[1]; and return
    set -l token (commandline -ct)
    test $__pale_ended = 0; and string match -q -- '-*' "$token"; and return 1
    contains -- $__pale_place (__pale_definition command-at "$__pale_path")
end

function __pale_command_line
    __pale_complete_line (string escape -- $__pale_command) (commandline -ct)
end

# A line that is empty would be no argument.
function __pale_complete_line
    set -l line (string join ' ' -- $argv | string collect)
    test -n "$line"; or set line ' '
    complete -C "$line"
end

function __pale_programs
    __pale_complete_line (commandline -ct)
end

function __pale_list
    @PALE@ complete $argv[1] </dev/null 2>/dev/null
end

function __pale_directories
    __fish_complete_directories (commandline -ct | string replace -r '^-[\w-]*=' '') ''
end

complete -c pale -e
complete -c pale -f
complete -c pale -n __pale_in_command -x -a '(__pale_command_line)'
@COMPLETIONS@
