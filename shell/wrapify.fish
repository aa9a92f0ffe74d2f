# wrapify for fish 3.1 and later: a word in front of a line runs all of it in a sandbox, and a pasted line is judged
# before it runs. README.md has the contract.
#
# Enter becomes a function. It turns a line with a prefix into that word and the quoted rest, where the word is a
# function: fish runs that like any command, and nothing of the text is read again on this machine.

# Loaded once for each shell; a variable would be inherited. (`return` is for functions alone before fish 3.4.)
if status is-interactive; and not functions -q __wrapify_go
    for name in ticket typed form bound count mark noticed waited
        set -g __wrapify_$name ''
    end
    set -g __wrapify_before
    set -g __wrapify_early
    set -g __wrapify_message
    set -g __wrapify_guard on
    # What stood before and behind the pastes of a line, and at Enter the line.
    set -g __wrapify_text '' '' ''
    # The program that was found when the shell started: a PATH that changes later is not asked.
    set -g __wrapify_bin (command -s wrapify | string match '/*')
    set -g __wrapify_words (string split -n ' ' -- $WRAPIFY_PREFIXES)
    set -q __wrapify_words[1]; or set -g __wrapify_words '!!sandbox' ,,
    set -g __wrapify_any (string escape --style=regex -- $__wrapify_words | string join '|')
    set -g __wrapify_keys \r \n \e\[27\;5\;13~ \e\[13\;5u \e\[27\;2\;13~ \e\[13\;2u
    set -g __wrapify_paste fish_clipboard_paste
    if string match -qr '^[4-9]' -- $version
        set -g __wrapify_keys enter ctrl-j ctrl-m ctrl-enter
        # What the reader calls for a paste, and what Ctrl-V calls.
        set -g __wrapify_paste __fish_paste
    end
    for word in $__wrapify_words
        function $word
            __wrapify_go $argv
        end
    end
end

# At every Enter. A line with neither a prefix nor a paste leaves at the first test: builtins only, no output.
function __wrapify_enter
    set -l buffer (commandline -b)
    if test -z "$__wrapify_mark"; and not string match -qr -- $__wrapify_any $buffer
        __wrapify_accept
        return
    end
    # An emptied line has no paste in it any more. What `read` asks for is no line to run.
    test -n "$buffer"; or __wrapify_unmark
    if test -z "$buffer"; or test (status current-command) != fish
        __wrapify_accept
        return
    end
    # The pager owns Enter while it is open, but with nothing chosen in it fish would run the line.
    if commandline --paging-mode
        if test -z "$__wrapify_mark"
            commandline -f execute
        else
            # A cursor that moves closes it. What was chosen stays.
            commandline -C (test (commandline -C) = 0; and echo 1; or echo 0)
            commandline -f end-of-buffer
        end
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
            __wrapify_say "wrapify: $word works only at the start of a line, so nothing was run"
            return
        end
    end
    if test -n "$__wrapify_mark"
        __wrapify_judge "$buffer"
    else
        __wrapify_accept
    end
end

# What Enter did before, else what fish does.
function __wrapify_accept
    for command in $__wrapify_before
        if contains -- $command (bind --function-names)
            commandline -f $command
        else
            eval $command
        end
    end
    set -q __wrapify_before[1]; or commandline -f execute
end

# Leave the line in the editor, below a text. fish draws a prompt of any height right only for a line that was given up.
function __wrapify_say
    set -g __wrapify_message $argv
    if contains -- undo (bind --function-names)
        commandline -f cancel-commandline undo
    else
        printf '\n%s\n' $argv >/dev/tty
        __wrapify_draw_below
    end
end

# Have the line drawn below what stands there: fish begins as many rows above the cursor as it believes to have there.
function __wrapify_draw_below
    string repeat -N -n (math (commandline -L) - 2 + (count (fish_prompt; echo))) \n >/dev/tty
    commandline -f repaint
end

function __wrapify_cancelled --on-event fish_cancel
    if set -q __wrapify_message[1]
        printf '%s\n' $__wrapify_message >/dev/tty
        set -g __wrapify_message
    else
        __wrapify_unmark
    end
end

function __wrapify_route -a typed word options rest
    for option in (string split -n + -- $options)
        if not contains -- $option online offline sealed root
            __wrapify_say "wrapify: there is no +$option: +online, +offline, +sealed or +root; nothing was run"
            return
        end
    end
    if test -z "$rest"
        __wrapify_say 'wrapify: there is no command behind the word, so nothing was run'
        return
    else if not test -x "$__wrapify_bin"
        set -l name $__wrapify_bin wrapify
        __wrapify_say "wrapify: $name[1] is not there, so nothing was run"
        return
    end
    # More lines must follow: stay in the editor. An empty last line ends a text that never would be complete.
    commandline -r -- "$rest"
    __wrapify_unfinished "$rest"
    set -l unfinished $status
    commandline -r -- "$typed"
    if test $unfinished = 0; and not string match -qr '\n\s*$' -- "$rest"
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

# Not every fish counts a backslash at the end. Before 3.4 the editor does not tell, but a fish that only reads does.
function __wrapify_unfinished -a line
    string match -qr '(?<!\\\\)(?:\\\\\\\\)*\\\\\z' -- "$line"; and return
    if string match -qr '^3\.[0-3]\.' -- $version
        set -l fish (status fish-path)
        printf '%s\n' "$line" | command $fish --no-execute 2>&1 |
            string match -qr '^fish: (Missing end|Unexpected end of string|.*found end of the)'
        return
    end
    commandline --is-valid
    test $status = 2
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
    set -q __wrapify_message[1]; and printf '%s\n' $__wrapify_message >&2
    set -g __wrapify_message
    __wrapify_remember "$__wrapify_typed"
    __wrapify_foreign $argv[-1]
    command $__wrapify_bin run --shell fish $chosen -c $argv[-1]
end

# A function that a file defines is inside too; what was typed here is not. (An alias of fish is a function.)
function __wrapify_foreign -a line
    set -l name (string match -r '^[^\s;|&<>()]+' -- "$line")
    functions -q -- "$name"; and not builtin -q -- "$name"; and test "$name" != wrapify; or return 0
    contains -- (functions --details -- "$name") stdin - n/a
    and echo "wrapify: $name is a function of this shell, which is not inside" >&2
end

# Write a line as typed into history, but for one that begins with white space. fish 3 can only be told by its file.
function __wrapify_remember -a text
    string match -qr '^\s' -- "$text"; and return
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

# ---- pastes

# When one arrives. A second one into the same line leaves as typed what both found before and behind them.
function __wrapify_arrived
    test $__wrapify_guard = on; or return
    set -l at (commandline -C)
    set -l buffer (commandline -b | string collect)
    set -l before (string sub -l $at -- "$buffer" | string collect)
    set -l after (string sub -s (math $at + 1) -- "$buffer" | string collect)
    if test -n "$__wrapify_mark" -a -n "$buffer"
        set before (__wrapify_common '^%s' "$__wrapify_text[1]" "$before")
        set after (__wrapify_common '%s\z' "$__wrapify_text[2]" "$after")
    end
    set -g __wrapify_mark yes
    set -g __wrapify_text "$before" "$after" ''
end

# Of two texts print that which the other begins (ends) with; nothing if neither does, or if they are too long to tell.
function __wrapify_common -a pattern one two
    for try in 1 2
        set -l sought (string escape --style=regex -- "$one" | string collect)
        if string match -qr -- (printf $pattern "$sought" | string collect) "$two" 2>/dev/null
            string collect -- "$one"
            return
        end
        set -l other "$one"
        set one "$two"
        set two "$other"
    end
end

# Hundredths of a second for which this shell had nothing to do. fish has no clock, but these files are ones.
function __wrapify_idle
    read -l up rest </proc/uptime
    and read -l ran waited rest </proc/self/schedstat
    and math -s0 "$up * 100 - ($ran + $waited) / 10000000"
    or echo 0
end 2>/dev/null

function __wrapify_ended
    set -g __wrapify_waited (__wrapify_idle)
end

function __wrapify_unmark
    set -g __wrapify_mark ''
    set -g __wrapify_text '' '' ''
end

function __wrapify_judge -a line
    # Nothing runs of a line that is not complete. No abbreviation may complete it at the last moment.
    if __wrapify_unfinished "$line"
        commandline -i \n
        return
    end
    set -g __wrapify_text[3] "$line"
    # A shell that a person typed to has waited since the paste's end. An Enter that it did not wait for came with that.
    set -g __wrapify_early
    test (math (__wrapify_idle) - $__wrapify_waited) -gt 2; or set -g __wrapify_early --early
    set -l answer 127
    set -l said
    if test -x "$__wrapify_bin"
        # A question stands below the line and takes itself away. What is below the cursor it may cover. It knows SIGVTALRM,
        # which ends after two seconds whatever else takes so long.
        set -l rows (count (commandline -b | string collect | string sub -s (math (commandline -C) + 1)))
        test $rows -gt 0; or set rows 1
        # fish 4 has told the terminal that pastes need no marks while this runs; a second one is to be known as one.
        printf '\e[?2004h' >/dev/tty
        set said (printf '%s\0' $__wrapify_text | command timeout --preserve-status -s VTALRM 2 $__wrapify_bin ask \
            --shell fish --below $rows $__wrapify_early 2>/dev/null)
        set answer $status
    end
    if test "$said[1]" = asking
        # What is kept above the question stays.
        test "$said[2]" = kept; and __wrapify_draw_below; or commandline -f repaint
        # Something was found: without an answer it stays.
        contains -- $answer 10 11 12 13; or set answer 11
        set said (string match -rv '^(asking|kept)$' -- $said)
    end
    __wrapify_obey $answer $said
end

function __wrapify_obey -a answer
    set -l line "$__wrapify_text[3]"
    switch $answer
        case 10
            set -g __wrapify_message $argv[2..-1]
            __wrapify_route "$__wrapify_words[1] $line" $__wrapify_words[1] '' "$line"
        case 11
            set -q argv[2]; and __wrapify_say $argv[2..-1]
        case 12
            __wrapify_remember "$__wrapify_words[1] $line"
            commandline -r ''
        case 13
            __wrapify_accept
        case '*'
            __wrapify_unjudged $answer
    end
end

# What is done without a judgement. A line whose Enter came with it stays in any case.
function __wrapify_unjudged -a answer
    set -l why "it ended with $answer"
    test $answer = 127; and set why 'it is not there'
    test $answer = 154; and set why 'it did not answer in two seconds'
    set -l line "$__wrapify_text[3]"
    set -l risky sudo sudoedit doas su pkexec run0 curl wget nc ncat netcat socat ssh scp rm dd shred 'mkfs*' fdisk \
        parted chmod chown chattr eval exec source . command builtin alias sh bash zsh fish dash ash ksh csh \
        tcsh busybox 'python*' 'perl*' 'ruby*' node nodejs 'php*' 'lua*' awk gawk env xargs find tee crontab \
        systemctl 'pip*' npm npx make git docker podman wrapify
    set -l found
    for name in $risky
        # It would read from the terminal if there were no word at all.
        set -a found (string match -- $name '' (string split -- ' ' (string replace -ra '[^A-Za-z0-9_.-]' ' ' -- "$line")))
    end
    if test -z "$__wrapify_early$found"; and string match -qr -- '^[A-Za-z0-9 _./:=,@%+-]*$' "$line"
        test -z "$__wrapify_noticed"; and function __wrapify_notice --on-event fish_preexec --inherit-variable why
            functions -e __wrapify_notice
            echo "wrapify cannot judge pastes: $why. Those of a few plain words run, others stay in the editor" >&2
        end
        set -g __wrapify_noticed yes
        __wrapify_accept
        return
    end
    __wrapify_say "wrapify cannot judge this paste: $why. It stays here: $__wrapify_words[-1] in front tries it in a sandbox," \
        'and after `wrapify off` it runs like any line'
end

status is-interactive; and function wrapify
    switch "$argv"
        case on off
            set -g __wrapify_guard $argv
            test $argv = on; and echo 'wrapify: pastes are judged in this shell'
            or echo 'wrapify: pastes are not judged in this shell until `wrapify on`'
        case status
            echo "wrapify: judging pastes is $__wrapify_guard in this shell"
            set -l gone
            test -x "$__wrapify_bin"; or set gone ', which is not there'
            echo "wrapify: the program is "(string join '' -- $__wrapify_bin $gone)
        case '*'
            set -l program wrapify
            test -x "$__wrapify_bin"; and set program $__wrapify_bin
            command $program $argv
    end
end

# ---- keys

function __wrapify_install
    set -l old (bind -M insert $__wrapify_keys[1] 2>/dev/null; bind -M default $__wrapify_keys[1] 2>/dev/null)
    set -l before (string match -r '^bind (?!--preset).*(?:\\\\r|enter) (.*)$' -- $old)[2]
    if test -n "$before"; and not string match -q '*__wrapify_enter*' -- $before
        eval "set -g __wrapify_before $before"
    end
    set -l mode default
    contains -- "$fish_key_bindings" fish_vi_key_bindings fish_hybrid_key_bindings; and set mode insert
    for key in $__wrapify_keys
        bind -M default -m $mode $key __wrapify_enter
        bind -M insert $key __wrapify_enter
        test $mode = insert; and bind -M replace -m insert $key __wrapify_enter
    end
    # fish 3 reads a paste key by key in a mode of its own. Later ones give it to a function.
    if test $__wrapify_paste = fish_clipboard_paste
        for mode in (bind --list-modes | string match -v paste)
            bind -M $mode -m paste \e\[200~ '__wrapify_arrived; __fish_start_bracketed_paste'
        end
        bind -M paste \e\[201~ '__fish_stop_bracketed_paste; __wrapify_ended'
    end
    if functions -q $__wrapify_paste; and not functions -q __wrapify_paste_before
        functions -c $__wrapify_paste __wrapify_paste_before
        function $__wrapify_paste
            __wrapify_arrived
            __wrapify_paste_before $argv
            __wrapify_ended
        end
    end
    set -g __wrapify_bound "$fish_key_bindings"
    set -g __wrapify_count (count (string match '*__wrapify_*' (bind --user)))
end

# At every prompt, with builtins only: others may have bound Enter anew.
function __wrapify_prompt --on-event fish_prompt
    __wrapify_unmark
    set -g WRAPIFY_STATUS $__wrapify_guard
    set -l config $XDG_CONFIG_HOME ~/.config
    test -e $config[1]/wrapify/off; and set -g WRAPIFY_STATUS off
    test -x "$__wrapify_bin"; or set -g WRAPIFY_STATUS missing
    test "$__wrapify_bound" = "$fish_key_bindings"
    and test (count (string match '*__wrapify_*' (bind --user))) = $__wrapify_count
    or __wrapify_install
end
