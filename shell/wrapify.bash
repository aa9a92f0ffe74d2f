# wrapify for bash 4.4 and later: a word in front of a line runs all of it in a sandbox, and what was pasted is judged
# before it runs. README.md has the contract.
#
# bash cannot accept a line from `bind -x`, so Enter becomes a macro of two private keys: the first looks at the line,
# the second is accept-line, or nothing when the line is to stay where it is.

[[ $- == *i* && ${BASH_VERSINFO[0]}${BASH_VERSINFO[1]} -ge 44 && :$SHELLOPTS: =~ :(emacs|vi): ]] || return 0
# Loaded once for each shell; a variable would be inherited.
! builtin declare -F __wrapify_go >/dev/null || return 0

__wrapify_held='' __wrapify_hidden='' __wrapify_args=() __wrapify_off='' __wrapify_told='' __wrapify_first=1 __wrapify_heal=''
# ble.sh has our advice; readline has our keys; this is within a widget of ble.sh.
__wrapify_advised='' __wrapify_bound='' __wrapify_ble=''
# The prompt is a fresh one; else what was accepted since it was, and a first Enter knows how to tell.
__wrapify_fresh=1 __wrapify_lines=''
# A paste is in the line, and what stood before and behind the cursor when it came.
__wrapify_mark='' __wrapify_before='' __wrapify_after=''
# This Enter came with input behind it or sooner than a person's; the next one's line was that input; microseconds.
__wrapify_early='' __wrapify_behind='' __wrapify_since=0 __wrapify_version=${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}
# What begins our private keys: a paste that ends itself and goes on with one of them would have to guess it. Each
# character makes a table that `bind` looks through. Of letters bash 4.4 loses some in the command mode of vi.
__wrapify_key='\e[7'
while [[ ${#__wrapify_key} -lt 12 ]]; do __wrapify_key+=$((RANDOM % 10)); done

# The program that was found when the shell started: a PATH that changes later is not asked.
__wrapify_find() {
    local folder folders
    IFS=: builtin read -ra folders <<<"$PATH"
    for folder in "${folders[@]}"; do
        __wrapify_bin=$folder/wrapify
        [[ $folder != /* || ! -f $__wrapify_bin || ! -x $__wrapify_bin ]] || return 0
    done
    __wrapify_bin=''
}
__wrapify_find
builtin read -ra __wrapify_words <<<"${WRAPIFY_PREFIXES:-!!sandbox ,,}"
# Does the line hold a prefix anywhere, or what Ctrl-V makes of the beginning of a paste? One pattern for all, *@(a|b)*,
# takes a time that grows with the square of the line.
__wrapify_named() {
    local word
    for word in "${__wrapify_words[@]}" $'\e[200~'; do
        [[ ${READLINE_LINE-} != *"$word"* ]] || return 0
    done
    return 1
}
__wrapify_say() { builtin printf 'wrapify: %s\n' "$1" >/dev/tty; }

# `wrapify on`, `off` and `status` are about this shell; all else is the program's.
function wrapify {
    local program=${__wrapify_bin:-wrapify}
    [[ -x $program ]] || program=wrapify
    case $#${1-} in
        1on) __wrapify_off='' ;;
        1off) __wrapify_off=1 ;;
        1status) ;;
        *) command "$program" "$@"; return ;;
    esac
    builtin echo "Pastes are ${__wrapify_off:+not }judged in this shell."
    [[ $1 != status ]] || builtin echo "The program is ${__wrapify_bin:-not on PATH}."
}

# ---- keys
__wrapify_maps=(emacs-standard vi-insert vi-command)
__wrapify_own=() # the user's own macros on Enter, by the number of the keymap
__wrapify_bind() { # ACCEPT NEXT: what Enter and Ctrl-O do after the first look
    [[ ! $__wrapify_ble ]] || return 0
    local map enter=$1
    for map in 0 1 2; do
        [[ $1 == '""' ]] || enter=${__wrapify_own[map]:-$1}
        builtin bind -m "${__wrapify_maps[map]}" "\"${__wrapify_key}m\": $enter" "\"${__wrapify_key}j\": $1" \
            "\"${__wrapify_key}o\": $2"
    done
}
# Keep the line in the editor: until the next Enter the keys that accept do nothing.
__wrapify_hold() { __wrapify_held=1 __wrapify_behind=''; __wrapify_bind '""' '""'; }
__wrapify_release() { __wrapify_held=''; __wrapify_bind accept-line operate-and-get-next; }
__wrapify_stay() { __wrapify_say "$1"; __wrapify_hold; }
__wrapify_again() { # keys or were: what is ours, or what was before
    local map
    for map in 0 1 2; do
        local -n list=__wrapify_$1$map
        builtin bind -m "${__wrapify_maps[map]}" "${list[@]}"
    done
}

# Take the keys of these functions, and find the user's own macro on Enter. One process, twice in a shell: when the hook
# is loaded, and with no function at the first prompt, when all of the start-up file has been read.
__wrapify_keys() { # FUNCTION...
    local - IFS=$'\n' line map=0 keys key ours=0
    set -f # `read` would take a system call for each byte
    # shellcheck disable=SC2030,SC2031 # what the process changes is its own
    for line in $(LC_ALL=C
        for map in 0 1 2; do
            builtin echo "= $map"
            builtin bind -m "${__wrapify_maps[map]}" -s
            for key; do builtin bind -m "${__wrapify_maps[map]}" -q "$key"; done
        done 2>/dev/null
        # What v does in vi-command has no name before 5.2.
        [[ $# -eq 0 || $__wrapify_version -gt 51 ]] || builtin echo 'edit-and-execute-command can be invoked via "v".'); do
        case $line in
            '= '*) map=${line#= } ;;
            *"$__wrapify_key"[lpx]*) ours=$((ours + 1)) ;;
            '"\C-m": '*) __wrapify_own[map]=${line#*: } ;;
            *' can be invoked via '*)
                keys=${line#*\"}\"
                while [[ $keys ]]; do
                    key=${keys%%\"*} keys=${keys#*\"} keys=${keys#*\"}
                    # A key that is a quote itself is not worth the parsing.
                    [[ $key == *\\ || $key == '\C-m' ]] || __wrapify_macro "$map" "${key//\\M-/\\e}" "${line%% *}"
                done ;;
        esac
    done
    # All that was bound is bound still?
    [[ $ours -eq $((${#__wrapify_keys0[@]} + ${#__wrapify_keys1[@]} + ${#__wrapify_keys2[@]})) ]]
}
__wrapify_macro() { # MAP KEY FUNCTION [MACRO]: a look stands before what the key does
    local look=l then=m
    case $3:$2 in
        accept-line:'\C-j') then=j ;;
        accept-line:*) ;;
        operate-*) then=o ;;
        bracketed-*) look=p then=b ;;
        *)
            look=x${3:0:1} then=d # e, v, m or s
            builtin bind -m "${__wrapify_maps[$1]}" -x "\"$__wrapify_key$look\": __wrapify_other $3 \"\$_\" 2>/dev/null" ;;
    esac
    look="\"$2\": \"$__wrapify_key$look$__wrapify_key$then\""
    local -n keys=__wrapify_keys$1 were=__wrapify_were$1
    keys+=("$look") were+=("\"$2\": ${4:-$3}")
}

# ---- Enter
# Put back what was changed to keep the word `__wrapify_go` out of history.
__wrapify_restore() {
    [[ $__wrapify_hidden != unset ]] || unset -v HISTIGNORE
    [[ $__wrapify_hidden != =* ]] || HISTIGNORE=${__wrapify_hidden#=}
    __wrapify_hidden=''
}

# Did this Enter come sooner than a person's? It did with input behind it, for a line that was itself such input, within
# 5 ms of the prompt, or within 60 ms of a paste, whose end is not known here: readline takes 2 us or more for a character.
__wrapify_rush() {
    __wrapify_early=$__wrapify_behind __wrapify_behind=''
    if [[ ! ${READLINE_LINE-} || $__wrapify_off ]]; then
        __wrapify_early=''
    elif if [[ $__wrapify_ble ]]; then ble/decode/has-input; else builtin read -t 0; fi; then
        __wrapify_early=1 __wrapify_behind=1
    elif [[ $__wrapify_version -ge 50 ]]; then
        ((${EPOCHREALTIME//[!0-9]} - __wrapify_since >= (${__wrapify_mark:-0} ? 60000 + 2 * ${#READLINE_LINE} : 5000))) ||
            __wrapify_early=1
    fi
}

# The line is accepted: what follows in PS2 continues it.
__wrapify_accept() {
    [[ ${READLINE_LINE-} != *bind* && ${READLINE_LINE-} != *rc* && ${READLINE_LINE-} != *eval* ]] || __wrapify_heal=1
    __wrapify_fresh='' __wrapify_lines+=${READLINE_LINE-}$'\n' __wrapify_mark=''
    __wrapify_now
}

# At every Enter. A line that has no prefix and no mark leaves at the first test: no fork, no output. "$_" is passed to
# keep it. Below a function it is `read -e`: what is typed there is no command.
__wrapify_enter() {
    local status=$?
    [[ ${#FUNCNAME[@]} -eq 1 ]] || return 0
    __wrapify_rush
    if [[ -z $__wrapify_held$__wrapify_hidden$__wrapify_mark$__wrapify_early &&
        ${READLINE_LINE-} != *!* && ${READLINE_LINE-} != ^* && ${PROMPT_COMMAND[*]-} == *__wrapify_prompt* ]] &&
        ! __wrapify_named; then
        __wrapify_accept; return 0
    fi
    local -
    set +xeu
    # The text goes to others by descriptor: above 128 KiB no program starts with it in its environment.
    builtin export -n READLINE_LINE
    [[ -z $__wrapify_held ]] || __wrapify_release
    __wrapify_restore
    if [[ ${PROMPT_COMMAND[*]-} != *__wrapify_prompt* ]]; then # a command has taken it, so a new one begins here
        __wrapify_hook
        __wrapify_fresh=1 __wrapify_lines=''
    fi
    __wrapify_recalled || __wrapify_look "$READLINE_LINE"
    [[ $__wrapify_held ]] || __wrapify_accept
    return 0
}
# Does history expansion put a line for a sandbox here, or make something else of a paste? Then that comes to the editor,
# where it is looked at as it would run; bash would run what is behind the first `;` on this machine.
__wrapify_recalled() {
    local word text=${READLINE_LINE#"${READLINE_LINE%%[![:space:]]*}"}
    for word in "${__wrapify_words[@]}"; do # typed, it is not left to history
        [[ $text != "$word"* && ($word != *!* || $text != *"$word"*) ]] || return 1
    done
    [[ $- == *H* && ($READLINE_LINE == *!* || $READLINE_LINE == ^*) ]] && text=$(__wrapify_expand) &&
        [[ $text != "$READLINE_LINE" ]] || return 1
    local typed=$READLINE_LINE
    READLINE_LINE=$text READLINE_POINT=${#text}
    if ! __wrapify_watched; then
        READLINE_LINE=$typed READLINE_POINT=${#typed}
        return 1
    fi
    __wrapify_stay 'history makes this of the line, and nothing was run: Enter goes on with it'
}
# `history -p` drops the newest entry where that is the line it stands in, which it takes it for here. After `-s` it does not.
__wrapify_expand() {
    unset -v HISTTIMEFORMAT
    [[ $(builtin history 1) =~ ^\ *([0-9]+)..(.*)$ ]] || return
    local number=${BASH_REMATCH[1]}
    builtin history -s -- "${BASH_REMATCH[2]}"
    [[ $(builtin history 1) =~ ^\ *([0-9]+) ]]
    ((number == BASH_REMATCH[1])) || builtin history -d "${BASH_REMATCH[1]}"
    builtin history -p -- "$READLINE_LINE" 2>/dev/null
}
__wrapify_look() {
    local line=$1 text word options rest
    text=${line#"${line%%[![:space:]]*}"}
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
        __wrapify_stay "$word works only at the start of a command, so nothing was run; \\!\\! writes it as text"
        return
    done
    [[ $line && -z $__wrapify_off ]] || return
    [[ $__wrapify_mark ]] || __wrapify_before='' __wrapify_after=''
    [[ $__wrapify_mark || $line != *$'\e[200~'* ]] || __wrapify_mark=1 __wrapify_before=${line%%$'\e[200~'*}
    [[ -z $__wrapify_mark$__wrapify_early ]] || __wrapify_judge "$line"
}

# ---- a paste
# At the first byte of a paste, which readline then reads itself.
__wrapify_paste() {
    local -
    set +xeu
    # READLINE_POINT counted bytes before 5.1.
    if [[ ! $__wrapify_ble && $__wrapify_version -lt 51 ]]; then local LC_ALL=C; fi
    local before=${READLINE_LINE:0:READLINE_POINT} after=${READLINE_LINE:READLINE_POINT}
    if [[ $__wrapify_mark && $READLINE_LINE ]]; then # of two pastes in a line, what was there before both
        [[ $before != "$__wrapify_before"* ]] || before=$__wrapify_before
        [[ $__wrapify_before == "$before"* ]] || before=''
        [[ $after != *"$__wrapify_after" ]] || after=$__wrapify_after
        [[ $__wrapify_after == *"$after" ]] || after=''
    fi
    __wrapify_mark=1 __wrapify_before=$before __wrapify_after=$after
    __wrapify_now
}
__wrapify_ask() { # OPTIONS: give the line to `wrapify ask` or to the words in __wrapify_args
    builtin printf '%s\0' "$__wrapify_lines$__wrapify_before" "$__wrapify_after" "$__wrapify_lines$line" |
        command "${__wrapify_args[@]}" "$@" >/dev/tty 2>&1
}

__wrapify_judge() { # LINE
    local line=$1 did shown='' how=(--shell bash)
    [[ ! $__wrapify_mark || ! $__wrapify_early ]] || how+=(--early)
    [[ $__wrapify_mark ]] || how+=(--burst)
    [[ ! $__wrapify_lines ]] || how+=(--continued)
    __wrapify_args=(timeout -s KILL 2 "$__wrapify_bin" ask --judge)
    __wrapify_ask "${how[@]}" --burst # what waits behind Enter is known: there is no need to look for it
    did=$?
    if [[ $did -eq 20 ]]; then
        __wrapify_show "$line"
        __wrapify_args=("$__wrapify_bin" ask)
        __wrapify_ask "${how[@]}"
        did=$? shown=1
        # Something was found: without an answer it stays.
        [[ $did -ge 10 && $did -le 13 ]] || did=11
    fi
    case $did in
        13) return ;;
        10) __wrapify_prefixed "$line" # as if it had been typed so
            if [[ $__wrapify_fresh ]]; then
                READLINE_LINE=$__wrapify_text
                __wrapify_route "$__wrapify_text" '' "${line#"${line%%[![:space:]]*}"}" "$shown"
            else
                __wrapify_stay 'this continues a command, which cannot be taken to a sandbox, so nothing was run'
            fi ;;
        11) __wrapify_hold ;;
        12) __wrapify_prefixed "$__wrapify_lines$line"
            __wrapify_remember "$__wrapify_text"
            READLINE_LINE='' READLINE_POINT=0
            __wrapify_hold ;;
        *) __wrapify_unjudged "$line" "$did" ;;
    esac
    # What stays is asked about again, also where it was no paste but a burst.
    [[ ! $__wrapify_held ]] || __wrapify_mark=${READLINE_LINE:+1} READLINE_POINT=${#READLINE_LINE}
}

# There was no judgement. What is not one line of plain words without a name worth a look stays.
__wrapify_unjudged() { # LINE STATUS
    local why="the judgement ended with $2"
    [[ $2 -ne 137 ]] || why='there was no answer'
    [[ -x $__wrapify_bin ]] || why="${__wrapify_bin:-wrapify} is not there"
    if [[ $__wrapify_mark && $__wrapify_early || $__wrapify_lines ]] || ! __wrapify_plain "$1"; then
        __wrapify_stay "$why, so this paste was not run; ${__wrapify_words[${#__wrapify_words[@]} - 1]} in front tries it in a sandbox, \`wrapify off\` lets pastes run here"
    elif [[ ! $__wrapify_told ]]; then
        __wrapify_told=1
        __wrapify_say "$why: pastes of plain words run without a judgement"
    fi
}
__wrapify_plain() {
    local LC_ALL=C IFS=' ' word
    [[ ${#1} -lt 10000 && $1 != *[!A-Za-z0-9\ _./:=,@%+-]* ]] || return 1
    # shellcheck disable=SC2086 # words of a text without a pattern in it
    for word in ${1//[=:]/ }; do
        case ${word##*/} in
            sudo|sudoedit|doas|su|pkexec|run0|curl|wget|nc|ncat|netcat|socat|ssh|scp|rm|dd|shred|mkfs*|fdisk|parted|\
            chmod|chown|chattr|eval|exec|source|.|command|builtin|alias|sh|bash|zsh|fish|dash|ash|ksh|csh|tcsh|\
            busybox|python*|perl*|ruby*|node|nodejs|php*|lua*|awk|gawk|env|xargs|find|tee|crontab|systemctl|pip*|\
            npm|npx|make|git|docker|podman|wrapify) return 1 ;;
        esac
    done
}

# ---- to the sandbox
# TEXT with the first prefix, behind the space that keeps a line out of history.
__wrapify_prefixed() {
    local space=${1%%[![:space:]]*}
    __wrapify_text=$space${__wrapify_words[0]}' '${1#"$space"}
}
__wrapify_route() { # LINE OPTIONS REST [SHOWN]
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
    [[ $3 ]] || { __wrapify_stay 'there is no command behind the word, so nothing was run'; return; }
    [[ -x $__wrapify_bin ]] || { __wrapify_stay "${__wrapify_bin:-wrapify} is not there, so nothing was run"; return; }
    if __wrapify_unfinished "$3"; then
        READLINE_LINE=$1$'\n' READLINE_POINT=$((${#1} + 1))
        __wrapify_hold
        return
    fi
    __wrapify_args+=(-c "$3")
    [[ ${4-} ]] || __wrapify_show "$1"
    __wrapify_foreign "$3"
    __wrapify_remember "$1"
    if [[ ! $__wrapify_ble ]]; then
        __wrapify_hidden=${HISTIGNORE+=}${HISTIGNORE-} __wrapify_hidden=${__wrapify_hidden:-unset}
        HISTIGNORE=__wrapify_go
    fi
    # History expansion works on what is accepted: a word without the text is out of its reach.
    READLINE_LINE=__wrapify_go READLINE_POINT=12
}
# The line as typed. Inside `bind -x` history is off, so -s replaces nothing.
__wrapify_remember() { if [[ $__wrapify_ble ]]; then ble/history/add "$1"; else builtin history -s -- "$1"; fi; }

# Draw the prompt (of readline's the last line: the others are there) and TEXT (of a long one, the end) where they were,
# and nothing that acts on the terminal or turns the order of letters around.
__wrapify_show() {
    local prompt text=$1 room=$((${COLUMNS:-80} * ${LINES:-24} / 2))
    __wrapify_exit "$status" # for a prompt that shows $?
    if [[ $__wrapify_lines ]]; then prompt=${PS2@P}; else prompt=${PS1@P}; fi
    prompt=${prompt//[$'\001\002']}
    [[ $__wrapify_ble ]] || prompt=${prompt##*$'\n'}
    ((${#text} <= room)) || text=...${text: -room}
    text=${text//[^[:print:]$'\n\t']/?}
    local LC_ALL=C
    text=${text//$'\xe2\x80'[$'\x8b'-$'\x8f\xa8'-$'\xae']/?}
    text=${text//$'\xe2\x81'[$'\xa0'-$'\xaf']/?}
    text=${text//$'\xf3\xa0'??/?}
    builtin printf '%s%s\n' "$prompt" "$text" >/dev/tty
}
__wrapify_exit() { return "$1"; }
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
        [[ "${BASH_ALIASES[$name]} " == "$name "* ]] || __wrapify_say "$name is an alias of this shell, which is not inside"
    elif builtin declare -F -- "$name" >/dev/null; then
        __wrapify_say "$name is a function of this shell, which is not inside"
    fi
}
__wrapify_go() { # [BLE]
    __wrapify_restore
    # Take away the row in which readline drew this word; PS0 may have printed since, and cannot be changed in time.
    local rows=${PS0-}
    rows=${rows//\\n/$'\n'}
    rows=${rows//[!$'\n']}
    [[ ${1-} ]] || builtin printf '\e7\e[%dA\e[M\e8\e[A' "$((1 + ${#rows}))" >/dev/tty
    command "$__wrapify_bin" "${__wrapify_args[@]}"
}

# ---- other keys that run a line or a part of it: an editor's text is executed, an expansion runs $(...)
# A line that is to be looked at is edited here and comes back to the prompt, or is not expanded; for any other the second
# key does what it did before, FUNCTION.
__wrapify_other() { # FUNCTION
    local - does=$1 map
    set +xeu
    # Where no editor is named bash takes emacs, and that v takes vi.
    if [[ ${#FUNCNAME[@]} -eq 1 ]] && { __wrapify_watched ||
        [[ $1 == edit* && ! ${VISUAL-}${EDITOR-} ]] && ! builtin type -P emacs >/dev/null; }; then
        does='""'
        __wrapify_instead "$1"
    fi
    for map in "${__wrapify_maps[@]}"; do builtin bind -m "$map" "\"${__wrapify_key}d\": $does"; done
}
__wrapify_watched() { [[ $__wrapify_mark && -z $__wrapify_off ]] || __wrapify_named; }
__wrapify_instead() { # FUNCTION
    case $1 in
        *edit*) __wrapify_edit ;;
        magic-space) __wrapify_space ;;
        *) __wrapify_say 'a paste or a line for a sandbox is not expanded' ;;
    esac
}
__wrapify_edit() {
    local file modes
    builtin export -n READLINE_LINE
    modes=$(command stty -g </dev/tty) && file=$(command mktemp) || return
    builtin printf '%s\n' "$READLINE_LINE" >"$file"
    builtin printf '\e[?2004l' >/dev/tty
    command stty icanon icrnl echo </dev/tty
    builtin eval "${VISUAL:-${EDITOR:-vi}}"' "$file"' </dev/tty >/dev/tty 2>&1
    command stty "$modes" </dev/tty
    builtin printf '\e[?2004h' >/dev/tty
    READLINE_LINE=$(<"$file") READLINE_POINT=${#READLINE_LINE}
    command rm -f -- "$file"
}
# magic-space would put the previous command in the place of the !! of a prefix.
__wrapify_space() {
    if [[ $__wrapify_version -lt 51 ]]; then local LC_ALL=C; fi
    READLINE_LINE="${READLINE_LINE:0:READLINE_POINT} ${READLINE_LINE:READLINE_POINT}"
    READLINE_POINT=$((READLINE_POINT + 1))
}

# ---- the prompt
__wrapify_now() { [[ $__wrapify_version -lt 50 ]] || __wrapify_since=${EPOCHREALTIME//[!0-9]}; }
__wrapify_state() { # for a prompt
    WRAPIFY_STATUS=${__wrapify_off:+off} WRAPIFY_STATUS=${WRAPIFY_STATUS:-on}
    [[ ! -e ${XDG_CONFIG_HOME:-${HOME-}/.config}/wrapify/off ]] || WRAPIFY_STATUS=off
    [[ -x $__wrapify_bin ]] || WRAPIFY_STATUS=missing
    __wrapify_now
}
__wrapify_prompt() {
    if [[ $__wrapify_advised && ${BLE_ATTACHED-} ]]; then
        __wrapify_state
        return "$1"
    fi
    [[ $__wrapify_bound ]] || __wrapify_readline
    # Somebody may have bound the keys anew: a command that looks like it, or a line whose Enter did not come here.
    if [[ $__wrapify_fresh$__wrapify_heal ]]; then
        [[ ! $__wrapify_mark || ! $__wrapify_fresh || $1 -eq 130 ]] ||
            __wrapify_say 'a key past the keys of wrapify may have run a paste; they are bound again'
        if [[ ! $__wrapify_first ]] || ! __wrapify_keys || [[ ${__wrapify_own[*]-} ]]; then
            __wrapify_again keys
            __wrapify_release
        fi
        __wrapify_first='' __wrapify_heal=''
    fi
    # What atuin accepts a line with when one was chosen in its list.
    [[ ! ${__atuin_macro_accept_line-} ]] || __atuin_macro_accept_line="\"${__wrapify_key}l${__wrapify_key}m\""
    __wrapify_fresh=1 __wrapify_lines='' __wrapify_mark=''
    [[ -z $__wrapify_hidden ]] || __wrapify_restore
    __wrapify_state
    return "$1"
}
__wrapify_hook() {
    # shellcheck disable=SC2128,SC2178 # an array since 5.1, a string before; either stays what it was
    if [[ ${PROMPT_COMMAND@a} == *a* ]]; then
        PROMPT_COMMAND=('{ __wrapify_prompt $?; } 2>/dev/null' "${PROMPT_COMMAND[@]}")
    else
        PROMPT_COMMAND='{ __wrapify_prompt $?; } 2>/dev/null'${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
    fi
}

__wrapify_readline() {
    local map
    # What is bound in each map, and what was before. Binding takes its time, so it is done where there is a reason.
    __wrapify_bound=1 __wrapify_keys0=() __wrapify_keys1=() __wrapify_keys2=()
    __wrapify_were0=() __wrapify_were1=() __wrapify_were2=()
    __wrapify_keys accept-line operate-and-get-next edit-and-execute-command vi-edit-and-execute-command magic-space shell-expand-line
    for map in 0 1 2; do
        __wrapify_macro "$map" '\C-m' accept-line "${__wrapify_own[map]-}"
        __wrapify_macro "$map" '\e[200~' bracketed-paste-begin
        # Should a function be gone, a line with a prefix or a paste goes to history and does not run. No braces: inside
        # an open quote or here-document bash takes `}` for a syntax error.
        # shellcheck disable=SC2016
        builtin bind -m "${__wrapify_maps[map]}" -x "\"${__wrapify_key}l\": "'__wrapify_enter "$_" 2>/dev/null || [[ ${READLINE_LINE-} != *"!!sandbox"* && -z ${__wrapify_mark-} ]] || builtin eval "history -s -- \"\$READLINE_LINE\"; READLINE_LINE="'
        # shellcheck disable=SC2016
        builtin bind -m "${__wrapify_maps[map]}" -x "\"${__wrapify_key}p\": "'__wrapify_paste "$_" 2>/dev/null || __wrapify_mark=1'
        builtin bind -m "${__wrapify_maps[map]}" "\"${__wrapify_key}b\": bracketed-paste-begin"
    done
    __wrapify_again keys
    __wrapify_release
    builtin bind 'set enable-bracketed-paste on'
}
# Give readline back what it had.
__wrapify_unbind() {
    [[ $__wrapify_bound ]] || return 0
    __wrapify_bound=''
    __wrapify_again were
    builtin bind -m vi-command -r '\e[200~'
}

# ble.sh has an editor of its own, and readline's macros would lock its users out.
__wrapify_ble() {
    __wrapify_advised=1
    [[ $__wrapify_bin ]] && builtin eval "$(command "$__wrapify_bin" init ble.sh || builtin echo false)" && return
    __wrapify_say 'under this ble.sh no line is looked at, and !! means what it always did'
    __wrapify_unbind
}

__wrapify_hook
# shellcheck disable=SC2034 # ble.sh calls what it finds there when it has been read
if builtin declare -F ble-attach >/dev/null; then __wrapify_ble; else BLE_ONLOAD+=(__wrapify_ble); fi
[[ $__wrapify_advised && ${BLE_ATTACHED-} ]] || __wrapify_readline
