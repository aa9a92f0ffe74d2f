# wrapify for bash 4.4 and later: a word in front of a line runs all of it in a sandbox. README.md has the contract.
#
# bash cannot accept a line from `bind -x`, so Enter becomes a macro of two private keys: the first looks at the line,
# the second is accept-line, or nothing when the line is to stay where it is.

[[ $- == *i* && ${BASH_VERSINFO[0]}${BASH_VERSINFO[1]} -ge 44 && :$SHELLOPTS: =~ :(emacs|vi): ]] || return 0
# Loaded once for each shell; a variable would be inherited.
[[ -z ${BLE_VERSION-} ]] && ! builtin declare -F __wrapify_go >/dev/null || return 0

__wrapify_held='' __wrapify_hidden='' __wrapify_fresh='' __wrapify_args=()
# The program that was found when the shell started: a PATH that changes later is not asked.
__wrapify_bin=$(builtin type -P wrapify)
[[ $__wrapify_bin == /* ]] || __wrapify_bin=''
builtin read -ra __wrapify_words <<<"${WRAPIFY_PREFIXES:-!!sandbox ,,}"
builtin printf -v __wrapify_any '%q|' "${__wrapify_words[@]}"
__wrapify_any="*@(${__wrapify_any%|})*"

__wrapify_say() { builtin printf 'wrapify: %s\n' "$1" >/dev/tty; }

__wrapify_maps=(emacs-standard vi-insert vi-command)
__wrapify_own=() # the user's own macros on Enter, by the number of the keymap

__wrapify_bind() { # ENTER CTRL-J CTRL-O: what these keys do after the first look
    local map
    for map in 0 1 2; do
        builtin bind -m "${__wrapify_maps[map]}" "\"\\e[7772~\": $1"
        builtin bind -m "${__wrapify_maps[map]}" "\"\\e[7774~\": $2"
        builtin bind -m "${__wrapify_maps[map]}" "\"\\e[7773~\": $3"
        [[ $1 == '""' || ! ${__wrapify_own[map]-} ]] ||
            builtin bind -m "${__wrapify_maps[map]}" "\"\\e[7772~\": ${__wrapify_own[map]}"
    done
}
# Keep the line in the editor: until the next Enter the keys that accept do nothing.
__wrapify_hold() { __wrapify_held=1; __wrapify_bind '""' '""' '""'; }
__wrapify_release() { __wrapify_held=''; __wrapify_bind accept-line accept-line operate-and-get-next; }

# Put back what was changed to keep the word `__wrapify_go` out of history.
__wrapify_restore() {
    case $__wrapify_hidden in
        unset) unset -v HISTIGNORE ;;
        =*) HISTIGNORE=${__wrapify_hidden#=} ;;
    esac
    __wrapify_hidden=''
}

# At every Enter. A line that has no prefix leaves at the first test: no fork, no output. "$_" is passed to keep it.
__wrapify_enter() {
    local status=$?
    # shellcheck disable=SC2053 # a pattern
    if [[ -z $__wrapify_held$__wrapify_hidden && ${READLINE_LINE-} != $__wrapify_any ]]; then
        __wrapify_fresh=''
        return 0
    fi
    local -
    set +xeu
    [[ -z $__wrapify_held ]] || __wrapify_release
    __wrapify_restore
    __wrapify_look "$READLINE_LINE"
    [[ $__wrapify_held ]] || __wrapify_fresh=''
    return 0
}

__wrapify_look() {
    local line=$1 text word options rest
    text=${line#"${line%%[![:space:]]*}"}
    # `read -e` in a function or a script: what is typed there is no command.
    [[ -z $__wrapify_fresh && ${#FUNCNAME[@]} -gt 2 ]] && return 0
    for word in "${__wrapify_words[@]}"; do
        [[ $text == "$word"* ]] || continue
        rest=${text#"$word"}
        options=${rest%%[[:space:]]*}
        rest=${rest#"$options"}
        [[ -z $options || $options == +* ]] || continue
        if [[ -z $__wrapify_fresh ]]; then break; fi
        __wrapify_route "$line" "$options" "${rest#"${rest%%[![:space:]]*}"}"
        return
    done
    for word in "${__wrapify_words[@]}"; do
        # bash would put the previous command in the place of the !! and run it on this machine.
        [[ $word == *!* && $line == *"$word"* || -z $__wrapify_fresh && $text == "$word"[[:space:]]* ]] || continue
        __wrapify_say "$word works only at the start of a command, so nothing was run; \\!\\! writes it as text"
        __wrapify_hold
        return
    done
}

__wrapify_route() { # LINE OPTIONS REST
    __wrapify_args=(run --shell "$BASH")
    local option options=$2
    while [[ $options ]]; do
        options=${options#+} option=${options%%+*}
        case $option in
            online|offline|sealed) __wrapify_args+=(--profile "$option") ;;
            root) __wrapify_args+=(--root) ;;
            *) __wrapify_stay "there is no +$option: +online, +offline, +sealed or +root; nothing was run"; return ;;
        esac
        [[ $options == *+* ]] && options=+${options#*+} || options=''
    done
    if [[ ! $3 ]]; then __wrapify_stay 'there is no command behind the word, so nothing was run'; return; fi
    if [[ ! -x $__wrapify_bin ]]; then
        __wrapify_stay "${__wrapify_bin:-wrapify} is not there, so nothing was run"; return
    fi
    if __wrapify_unfinished "$3"; then
        READLINE_LINE=$1$'\n' READLINE_POINT=${#READLINE_LINE}
        __wrapify_hold
        return
    fi
    __wrapify_args+=(-c "$3")
    # The line as typed, on the screen and in history. Inside `bind -x` history is off, so -s replaces nothing.
    local prompt
    __wrapify_status "$status"
    prompt=${PS1@P}
    prompt=${prompt//[$'\001\002']}
    builtin printf '%s%s\n' "${prompt##*$'\n'}" "$1" >/dev/tty
    __wrapify_foreign "$3"
    builtin history -s -- "$1"
    __wrapify_hidden=${HISTIGNORE+=}${HISTIGNORE-} __wrapify_hidden=${__wrapify_hidden:-unset}
    HISTIGNORE=__wrapify_go
    # History expansion works on the line that is accepted: a word without the text is out of its reach.
    READLINE_LINE=__wrapify_go READLINE_POINT=12
}

__wrapify_status() { return "$1"; } # for a prompt that shows $?
__wrapify_stay() { __wrapify_say "$1"; __wrapify_hold; }

# Ask bash's own parser, for a line with the prefix only, whether more lines must follow. An empty last line ends it.
__wrapify_unfinished() {
    [[ $1 == *$'\n' ]] && return 1
    local said
    said=$(BASH_ENV='' LC_ALL=C "$BASH" -O extglob -n 2>&1 <<<"$1")
    [[ $said == *'unexpected end of file'* || $said == *'unexpected EOF'* || $said == *'delimited by end-of-file'* ]] ||
        [[ $1 == *\\ && $1 != *\\\\ ]]
}

# An alias that only adds options to the program of its name makes no difference worth a line.
__wrapify_foreign() {
    local name=${1%%[[:space:];|&<>()]*}
    if [[ ${BASH_ALIASES[$name]-} ]]; then
        [[ ${BASH_ALIASES[$name]} == "$name" || ${BASH_ALIASES[$name]} == "$name "* ]] ||
            __wrapify_say "$name is an alias of this shell, which is not inside"
    elif builtin declare -F -- "$name" >/dev/null; then
        __wrapify_say "$name is a function of this shell, which is not inside"
    fi
}

__wrapify_go() {
    __wrapify_restore
    # Take away the row in which readline drew this word; PS0 may have printed since, and cannot be changed in time.
    local rows=${PS0-}
    rows=${rows//\\n/$'\n'}
    rows=${rows//[!$'\n']}
    builtin printf '\e7\e[%dA\e[M\e8\e[A' "$((1 + ${#rows}))" >/dev/tty
    command "$__wrapify_bin" "${__wrapify_args[@]}"
}

__wrapify_prompt() {
    __wrapify_fresh=1
    [[ -z $__wrapify_hidden ]] || __wrapify_restore
    return "$1"
}

__wrapify_load() {
    local map key
    while builtin read -r map key; do
        case $key in '"\C-m": '*) __wrapify_own[map]=${key#*: } ;; esac
    done < <(for map in 0 1 2; do
        builtin bind -m "${__wrapify_maps[map]}" -s | while builtin read -r key; do builtin echo "$map $key"; done
    done)
    for map in "${__wrapify_maps[@]}"; do
        # Should the function be gone, a line with a prefix goes to history and does not run. No braces: inside an open
        # quote or here-document bash takes `}` for a syntax error.
        # shellcheck disable=SC2016
        builtin bind -m "$map" -x '"\e[7771~": __wrapify_enter "$_" 2>/dev/null || [[ ${READLINE_LINE-} != *"!!sandbox"* ]] || builtin eval "history -s -- \"\$READLINE_LINE\"; READLINE_LINE="'
        builtin bind -m "$map" '"\C-m": "\e[7771~\e[7772~"'
        builtin bind -m "$map" '"\C-j": "\e[7771~\e[7774~"'
    done
    builtin bind -m emacs-standard '"\C-o": "\e[7771~\e[7773~"'
    # shellcheck disable=SC2128,SC2178 # an array since 5.1, a string before; either stays what it was
    if [[ ${PROMPT_COMMAND@a} == *a* ]]; then
        PROMPT_COMMAND=('{ __wrapify_prompt $?; } 2>/dev/null' "${PROMPT_COMMAND[@]}")
    else
        PROMPT_COMMAND='{ __wrapify_prompt $?; } 2>/dev/null'${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
    fi
    __wrapify_release
}
__wrapify_load
