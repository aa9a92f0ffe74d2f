# wrapify for fish 3.1 and later: a word in front of a line runs all of it in a sandbox. README.md has the contract.
#
# Enter becomes a function. It turns a line with a prefix into that word and the quoted rest, where the word is a
# function: fish runs that like any command, and nothing of the text is read again on this machine.

# Loaded once for each shell; a variable would be inherited.
status is-interactive; and not functions -q __wrapify_go; or return 0

set -g __wrapify_ticket ''
set -g __wrapify_typed ''
set -g __wrapify_form ''
set -g __wrapify_before
# The program that was found when the shell started: a PATH that changes later is not asked.
set -g __wrapify_bin (command -s wrapify | string match '/*')
set -g __wrapify_words '!!sandbox' ,,
set -q WRAPIFY_PREFIXES; and set -g __wrapify_words (string split -n ' ' -- $WRAPIFY_PREFIXES)
set -g __wrapify_any (string escape --style=regex -- $__wrapify_words | string join '|')
set -g __wrapify_keys \r \n \e\[27\;5\;13~ \e\[13\;5u \e\[27\;2\;13~ \e\[13\;2u
string match -qr '^[4-9]' -- $version; and set -g __wrapify_keys enter ctrl-j ctrl-m ctrl-enter

# At every Enter. A line that has no prefix leaves at the first test: builtins only, no output.
function __wrapify_enter
    set -l buffer (commandline -b)
    if not string match -qr -- $__wrapify_any $buffer
        __wrapify_accept
        return
    end
    # The pager owns Enter while it is open.
    if commandline --paging-mode
        commandline -f execute
        return
    end
    set buffer (string join \n -- $buffer | string collect)
    # fish keeps the rewritten form until the next line: brought back, it means the line that it came from.
    test "$buffer" = "$__wrapify_form"; and set buffer "$__wrapify_typed"
    set -l parts (string match -r -- '^\s*('$__wrapify_any')((?:\+\w*)*)(?:\s|$)' "$buffer")
    if set -q parts[1]
        set -l rest (string replace -r -- '^\s*(?:'$__wrapify_any')(?:\+\w*)*\s*' '' "$buffer" | string collect)
        __wrapify_route "$buffer" "$parts[2]" "$parts[3]" "$rest"
        return
    end
    # A shell without this file would put the previous command in the place of the !!: it is no habit to have.
    for word in (string match -- '*!*' $__wrapify_words)
        if string match -q -- "*$word*" "$buffer"
            __wrapify_say "$word works only at the start of a line, so nothing was run"
            return
        end
    end
    __wrapify_accept
end

# What Enter did before, else what fish does.
function __wrapify_accept
    if set -q __wrapify_before[1]
        eval $__wrapify_before
    else
        commandline -f execute
    end
end

function __wrapify_say
    # Below the line, which is drawn again under it.
    printf '\nwrapify: %s\n' "$argv" >/dev/tty
    commandline -f repaint
end

function __wrapify_route -a typed word options rest
    for option in (string split -n + -- $options)
        if not contains -- $option online offline sealed root
            __wrapify_say "there is no +$option: +online, +offline, +sealed or +root; nothing was run"
            return
        end
    end
    if test -z "$rest"
        __wrapify_say 'there is no command behind the word, so nothing was run'
        return
    else if not test -x "$__wrapify_bin"
        set -l name $__wrapify_bin wrapify
        __wrapify_say "$name[1] is not there, so nothing was run"
        return
    end
    # More lines must follow: stay in the editor. An empty last line ends a text that never would be complete.
    commandline -r -- "$rest"
    commandline --is-valid
    set -l valid $status
    commandline -r -- "$typed"
    if test $valid = 2; and not string match -qr '\n\s*$' -- "$rest"
        commandline -i \n
        commandline -f repaint
        return
    end
    set -g __wrapify_typed "$typed"
    set -g __wrapify_ticket $fish_pid
    # The space keeps this form out of history.
    set -l quoted (string replace -a \\ \\\\ -- "$rest" | string replace -a \' \\\' | string collect)
    set -g __wrapify_form " $word"(string replace -r '.+' ' $0' -- "$options")" '$quoted'"
    commandline -r -- "$__wrapify_form"
    commandline -f execute
end

# What the words are functions of. A line that did not come through Enter has no ticket and does not run.
function __wrapify_go
    if test "$__wrapify_ticket" != $fish_pid
        echo 'wrapify: this line came past the keys that wrapify knows, so nothing was run' >&2
        return 126
    end
    set -g __wrapify_ticket ''
    set -l chosen
    for option in (string split -n + -- $argv[1..-2])
        test $option = root; and set -a chosen --root; or set -a chosen --profile $option
    end
    string match -qr '^\s' -- "$__wrapify_typed"; or __wrapify_remember "$__wrapify_typed"
    __wrapify_foreign $argv[-1]
    command $__wrapify_bin run --shell fish $chosen -c $argv[-1]
end

for word in $__wrapify_words
    function $word
        __wrapify_go $argv
    end
end

# A function that a file defines is inside too; what was typed here is not. (An alias of fish is a function.)
function __wrapify_foreign -a line
    set -l name (string match -r '^[^\s;|&<>()]+' -- "$line")
    functions -q -- "$name"; and not builtin -q -- "$name"; or return 0
    contains -- (functions --details -- "$name") stdin - n/a
    and echo "wrapify: $name is a function of this shell, which is not inside" >&2
end

# Write the line as typed into history. fish 3 can only be told by its file.
function __wrapify_remember -a text
    if string match -qr '^[4-9]' -- $version
        builtin history append -- "$text"
        return
    end
    test -n "$fish_private_mode"; and return
    set -l folder ~/.local/share
    test -n "$XDG_DATA_HOME"; and set folder $XDG_DATA_HOME
    set -l session fish
    set -q fish_history; and set session $fish_history
    test -n "$session"; or return
    builtin history save
    set -l escaped (string replace -a '\\' '\\\\' -- "$text" | string join '\n' | string collect)
    printf '%s\n' "- cmd: $escaped" "  when: "(date +%s) >>$folder/fish/"$session"_history
    builtin history merge
end

function __wrapify_install
    set -l old (bind -M insert $__wrapify_keys[1] 2>/dev/null; bind -M default $__wrapify_keys[1] 2>/dev/null)
    set -l before (string match -r '^bind (?!--preset).*(?:\\\\r|enter) (.*)$' -- $old)[2]
    if test -n "$before"; and not string match -q '*__wrapify_enter*' -- $before
        set -g __wrapify_before (string unescape -- $before)
    end
    set -l mode default
    contains -- "$fish_key_bindings" fish_vi_key_bindings fish_hybrid_key_bindings; and set mode insert
    for key in $__wrapify_keys
        bind -M default -m $mode $key __wrapify_enter
        bind -M insert $key __wrapify_enter
    end
end

# At every prompt, with builtins only: others may have bound Enter anew.
function __wrapify_prompt --on-event fish_prompt
    string match -q '*__wrapify_enter*' -- (bind -M default $__wrapify_keys[1] 2>/dev/null)
    and test "$__wrapify_bound" = "$fish_key_bindings"
    and return
    set -g __wrapify_bound "$fish_key_bindings"
    __wrapify_install
end
