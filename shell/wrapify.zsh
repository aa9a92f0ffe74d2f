# wrapify for zsh 5.3 and later: a word in front of a line runs all of it in a sandbox. README.md has the contract.
#
# The widgets that accept a line are wrapped at the first prompt, when all start-up files have been read, and call what
# was there before. `zle-line-finish`, which no widget can avoid, is the backstop.

# Loaded once for each shell; a variable would be inherited.
[[ -o interactive && -o zle ]] && ! whence -f __wrapify_go >/dev/null || return 0

() {
    emulate -L zsh
    zmodload zsh/zle zsh/parameter || return
    autoload -Uz add-zle-hook-widget add-zsh-hook
    typeset -g __wrapify_ready= __wrapify_saved= __wrapify_typed= __wrapify_keep= __wrapify_prompt= __wrapify_rprompt=
    typeset -ga __wrapify_args __wrapify_words __wrapify_preexec
    # The program that was found when the shell started: a PATH that changes later is not asked.
    typeset -g __wrapify_bin=${commands[wrapify]-}
    [[ $__wrapify_bin == /* ]] || __wrapify_bin=
    __wrapify_words=(${=${WRAPIFY_PREFIXES:-"!!sandbox ,,"}})
    typeset -g __wrapify_any="*(${(j:|:)${(@b)__wrapify_words}})*"
}

__wrapify_previous() { # WIDGET ARGUMENT…: what the widget was before
    local widget=$1
    shift
    if (( $+widgets[_wrapify_was_$widget] )); then zle _wrapify_was_$widget -- "$@"; else zle .$widget -- "$@"; fi
}

# At every key that accepts. A line that has no prefix leaves at the first test: no fork, no output.
__wrapify_accept() {
    if [[ $BUFFER != ${~__wrapify_any} ]]; then
        __wrapify_previous "$@"
        return
    fi
    emulate -L zsh
    local widget=$1 typed=$BUFFER
    __wrapify_look || return 0
    if [[ $BUFFER == __wrapify_go ]]; then
        [[ $widget == accept-and-hold ]] && print -rz -- "$typed"
        widget=accept-line
    fi
    shift
    __wrapify_previous $widget "$@"
}

# Take the prefix off TEXT: sets `reply` to the word, its options and the rest.
__wrapify_split() {
    emulate -L zsh -o extendedglob
    local text=${1##[[:space:]]#} word rest options
    for word in $__wrapify_words; do
        [[ $text == "$word"* ]] || continue
        rest=${text#"$word"}
        options=${rest%%[[:space:]]*}
        [[ -z $options || $options == +* ]] || continue
        rest=${rest#"$options"}
        reply=("$word" "$options" "${rest##[[:space:]]#}")
        return 0
    done
    return 1
}

# Decide about the line in the editor; false: it stays there.
__wrapify_look() {
    emulate -L zsh
    local word
    local -a reply
    # What `vared` and `select` read is no command.
    [[ $CONTEXT == (vared|select) ]] && return 0
    if __wrapify_split "$BUFFER"; then
        [[ $CONTEXT == cont ]] || { __wrapify_route "$BUFFER" "$reply[2]" "$reply[3]"; return; }
        __wrapify_say "$reply[1] works only at the start of a command, so nothing was run"
        return 1
    fi
    for word in $__wrapify_words; do
        # zsh would put the previous command in the place of the !! and run it on this machine.
        [[ $word == *'!'* && $BUFFER == *"$word"* ]] || continue
        __wrapify_say "$word works only at the start of a command, so nothing was run; \\!\\! writes it as text"
        return 1
    done
}

__wrapify_say() { zle -M "wrapify: $1"; }

__wrapify_route() { # LINE OPTIONS REST
    emulate -L zsh
    local option
    local -a found=(run --shell zsh)
    for option in ${(s:+:)2}; do
        case $option in
            (online|offline|sealed) found+=(--profile $option) ;;
            (root) found+=(--root) ;;
            (*) __wrapify_say "there is no +$option: +online, +offline, +sealed or +root; nothing was run"; return 1 ;;
        esac
    done
    if [[ -z $3 ]]; then __wrapify_say 'there is no command behind the word, so nothing was run'; return 1; fi
    if [[ ! -x $__wrapify_bin ]]; then
        __wrapify_say "${__wrapify_bin:-wrapify} is not there, so nothing was run"; return 1
    fi
    if __wrapify_unfinished "$3"; then
        BUFFER+=$'\n' CURSOR=$#BUFFER
        return 1
    fi
    __wrapify_args=($found -c "$3")
    # Leave the line as typed on the screen, and draw what is accepted below it without a prompt.
    CURSOR=$#BUFFER
    zle -R
    zle -I
    __wrapify_foreign "$3"
    typeset -g __wrapify_typed=$1 __wrapify_prompt=$PROMPT __wrapify_rprompt=${RPROMPT-} __wrapify_saved=1
    PROMPT= RPROMPT=
    # History expansion works on the line that is accepted: a word without the text is out of its reach.
    BUFFER=__wrapify_go CURSOR=12
}

# Defining a function parses its text and runs nothing. An empty last line ends a text that never would. A word put
# behind it is a command of its own unless the text goes on: a here-document, a backslash, `&&` or a pipe takes it in.
__wrapify_unfinished() {
    [[ $1 == *$'\n' ]] && return 1
    functions[__wrapify_parsed]=$1$'\n__wrapify_end' 2>/dev/null
    (( $+functions[__wrapify_parsed] )) || return 0
    local text=$functions[__wrapify_parsed]
    unset 'functions[__wrapify_parsed]'
    [[ $text != *$'\n\t__wrapify_end' ]]
}

# An alias that only adds options to the program of its name makes no difference worth a line.
__wrapify_foreign() {
    emulate -L zsh
    local name=${1%%[[:space:];|&<>()]*}
    if (( $+aliases[$name] )); then
        [[ $aliases[$name] == ($name|$name' '*) ]] ||
            print -r -- "wrapify: $name is an alias of this shell, which is not inside" >/dev/tty
    elif (( $+functions[$name] )); then
        print -r -- "wrapify: $name is a function of this shell, which is not inside" >/dev/tty
    fi
}

__wrapify_restore() {
    [[ -n $__wrapify_saved ]] && typeset -g PROMPT=$__wrapify_prompt RPROMPT=$__wrapify_rprompt __wrapify_saved=
    return 0
}

__wrapify_go() {
    __wrapify_restore
    print -n '\e[A\r\e[K' >/dev/tty
    command $__wrapify_bin "$__wrapify_args[@]"
}

# History gets the line as typed. The functions of others judge that line, and print -s asks no option, so both do here.
__wrapify_addhistory() {
    [[ $1 == $'__wrapify_go\n' && -n $__wrapify_typed ]] || return 0
    emulate -L zsh
    local one
    for one in $zshaddhistory_functions; do
        [[ $one == __wrapify_addhistory ]] || (( ! $+functions[$one] )) || $one "$__wrapify_typed"$'\n' || break
        one=
    done
    __wrapify_keep=1
    [[ -n $one || -o histignorespace && $__wrapify_typed == [[:space:]]* ]] && __wrapify_keep=
    [[ -o histignoredups && ${history[$((HISTCMD - 1))]-} == "$__wrapify_typed" ]] && __wrapify_keep=
    # For this one command the preexec hooks are replaced by one that calls them with the line as typed.
    __wrapify_preexec=("${preexec_functions[@]}")
    preexec_functions=(__wrapify_preexec_once)
    return 1
}

__wrapify_preexec_once() {
    preexec_functions=("${__wrapify_preexec[@]}")
    # Not before: zsh keeps the word above until the next line comes to history, which is this one.
    [[ -z $__wrapify_keep ]] || print -Sr -- "$__wrapify_typed"
    local one
    for one in $preexec_functions; do
        (( ! $+functions[$one] )) || $one "$__wrapify_typed" "$__wrapify_typed" "$__wrapify_typed"
    done
}

__wrapify_line_finish() {
    emulate -L zsh
    local -a reply
    [[ $CONTEXT != (vared|select) && $BUFFER == ${~__wrapify_any} ]] && __wrapify_split "$BUFFER" || return 0
    print -zr -- "$BUFFER"
    BUFFER=
    print -r -- $'\r\n'"wrapify: this line came past the keys that wrapify knows, so nothing was run" >/dev/tty
}

# Space and Tab may expand history while a line is typed: not in a line with the prefix.
__wrapify_edit() {
    local -a reply
    if [[ $BUFFER != ${~__wrapify_any} ]] || ! __wrapify_split "$BUFFER"; then
        __wrapify_previous "$@"
    elif [[ $1 == magic-space ]]; then
        zle .self-insert
    else
        setopt localoptions nobanghist
        __wrapify_previous "$@"
    fi
}

__wrapify_wrap() { # WIDGET FUNCTION
    [[ ${widgets[$1]-builtin} == builtin ]] || zle -A $1 _wrapify_was_$1
    functions[__wrapify_in_$1]="$2 $1 \"\$@\""
    zle -N $1 __wrapify_in_$1
}

__wrapify_precmd() {
    {
        if [[ -z $__wrapify_ready ]]; then
            emulate -L zsh
            typeset -g __wrapify_ready=1
            local widget
            for widget in accept-line accept-and-hold accept-line-and-down-history accept-and-infer-next-history; do
                __wrapify_wrap $widget __wrapify_accept
            done
            for widget in magic-space expand-history expand-or-complete expand-or-complete-prefix menu-expand-or-complete; do
                __wrapify_wrap $widget __wrapify_edit
            done
            add-zsh-hook zshaddhistory __wrapify_addhistory
        fi
        __wrapify_restore
        # Others may have set these widgets anew.
        [[ $widgets[zle-line-finish] == user:azhw:* ]] || add-zle-hook-widget line-finish __wrapify_line_finish
    } 2>/dev/null
}
add-zsh-hook precmd __wrapify_precmd
