# wrapify for zsh 5.3 and later: a word in front of a line runs all of it in a sandbox. README.md has the contract.
#
# The widgets that accept a line are wrapped at the first prompt, when all start-up files have been read, and call what
# was there before. `zle-line-finish`, which no widget can avoid, is the backstop. A paste is marked when it arrives, and
# judged when the line is accepted.

# Loaded once for each shell; a variable would be inherited.
[[ -o interactive && -o zle ]] && ! whence -f __wrapify_go >/dev/null || return 0

() {
    emulate -L zsh
    zmodload zsh/zle zsh/parameter zsh/datetime || return
    autoload -Uz add-zle-hook-widget
    local one
    for one in ready saved typed keep prompt rprompt pasted before after text lost dropped looked burst noticed watch bang \
        late native bin errexit; do
        typeset -g __wrapify_$one=
    done
    typeset -g __wrapify_guard=1 __wrapify_ended=0 __wrapify_drawn=0 __wrapify_waited=0 __wrapify_timeout=timeout
    typeset -ga __wrapify_args __wrapify_words __wrapify_preexec precmd_functions zshaddhistory_functions
    # The programs that were found when the shell started: a PATH that changes later is not asked. $commands would read
    # all of it.
    for one in "${(@)path:#[^/]*}"; do
        [[ -n $__wrapify_bin || ! -f $one/wrapify || ! -x $one/wrapify ]] || __wrapify_bin=$one/wrapify
        [[ $__wrapify_timeout == /* || ! -x $one/timeout ]] || __wrapify_timeout=$one/timeout
    done
    __wrapify_words=(${=${WRAPIFY_PREFIXES:-"!!sandbox ,,"}})
    typeset -g __wrapify_any="*(${(j:|:)${(@b)__wrapify_words}})*"
    precmd_functions+=(__wrapify_precmd)
}

__wrapify_previous() { # WIDGET ARGUMENT…: what the widget was before
    local widget=$1
    shift
    if [[ -n ${widgets[_wrapify_was_$widget]-} ]]; then zle _wrapify_was_$widget -- "$@"; else zle .$widget -- "$@"; fi
}

# At every key that accepts. A typed line leaves at the first test: no fork, no output.
__wrapify_accept() {
    if __wrapify_concerns; then
        local __wrapify_line=$BUFFER __wrapify_was=$__wrapify_pasted
        __wrapify_look || return 0
        # What is held is a paste as before.
        [[ -z $__wrapify_was || $1 != accept-and-hold ]] || typeset -g __wrapify_pasted=back
        if [[ $BUFFER == __wrapify_go ]]; then
            [[ $1 == accept-and-hold ]] && print -rz -- "$__wrapify_line"
            shift
            set -- accept-line "$@"
        fi
    fi
    # What ends a recursive edit may be the line, and comes to zle-line-finish then, or an answer to some widget.
    (( ${ZLE_RECURSIVE:-0} )) || typeset -g __wrapify_looked=1 __wrapify_sent=$BUFFER
    __wrapify_previous "$@"
}

# A person needs longer than 20 ms from a paste to Enter. A paste that was not marked has more lines waiting behind Enter,
# or waited for the prompt itself.
__wrapify_concerns() {
    emulate -L zsh
    __wrapify_burst=
    if [[ -n $__wrapify_guard && -n $BUFFER ]]; then
        if [[ -n $__wrapify_pasted ]]; then
            (( PENDING || EPOCHREALTIME - __wrapify_ended < .02 )) && __wrapify_burst=--early
        elif (( PENDING || __wrapify_waited && EPOCHREALTIME - __wrapify_drawn < .05 )); then
            __wrapify_burst=--burst
        # A paste behind Ctrl-V, and one that was pushed away, killed or interrupted and is here again.
        elif [[ $BUFFER == *$'\e[200~'* || -n $__wrapify_lost && $BUFFER == *"$__wrapify_lost"* ]]; then
            __wrapify_mark
        fi
    fi
    [[ -n $__wrapify_burst$__wrapify_pasted || $BUFFER == ${~__wrapify_any} ]]
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
    local word why='works only at the start of a command, so nothing was run'
    local -a reply
    # What `vared`, `select` and a widget's own question read is no command.
    [[ $CONTEXT != (vared|select) ]] && (( ! ${ZLE_RECURSIVE:-0} )) || return 0
    if __wrapify_split "$BUFFER"; then
        [[ $CONTEXT == cont ]] || { __wrapify_route "$BUFFER" "$reply[2]" "$reply[3]"; return; }
        __wrapify_say "$reply[1] $why"
        return 1
    fi
    for word in ${(M)__wrapify_words:#*'!'*}; do
        # zsh would put the previous command in the place of the !! and run it on this machine.
        [[ $BUFFER != *"$word"* ]] || { __wrapify_say "$word $why; \\!\\! writes it as text"; return 1; }
    done
    [[ -z $__wrapify_burst$__wrapify_pasted ]] || __wrapify_judge
}

__wrapify_say() { # TEXT: below the line, until the next key; when the line is being left, in the terminal's text
    if [[ -z $__wrapify_late ]]; then zle -M "wrapify: $1"; else print -r -- $'\r\n'"wrapify: $1" >/dev/tty; fi
}

__wrapify_route() { # LINE OPTIONS REST [TOLD]
    emulate -L zsh
    local option why
    __wrapify_args=(run --shell zsh)
    for option in ${(s:+:)2}; do
        case $option in
            (online|offline|sealed) __wrapify_args+=(--profile $option) ;;
            (root) __wrapify_args+=(--root) ;;
            (*) why="there is no +$option: +online, +offline, +sealed or +root;" ;;
        esac
    done
    if [[ -z $3 ]]; then why='there is no command behind the word, so'
    elif [[ ! -x $__wrapify_bin ]]; then why="${__wrapify_bin:-wrapify} is not there, so"; fi
    if [[ -n $why ]]; then __wrapify_say "$why nothing was run"; return 1; fi
    if __wrapify_unfinished "$3"; then
        BUFFER=$1$'\n' CURSOR=$#BUFFER+1
        return 1
    fi
    __wrapify_args+=(-c "$3")
    # Leave the line as typed on the screen, and draw what is accepted below it without a prompt.
    __wrapify_freeze "$1" "${4-}"
    __wrapify_foreign "$3"
    __wrapify_forget
    __wrapify_typed=$1 __wrapify_prompt=$PROMPT __wrapify_rprompt=${RPROMPT-} __wrapify_saved=1
    PROMPT= RPROMPT=
    # History expansion works on the line that is accepted: a word without the text is out of its reach.
    BUFFER=__wrapify_go CURSOR=12
    # zle may or may not draw this before it is run, which takes it away again: draw it.
    zle -R
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
    local name=${1%%[[:space:];|&<>()]*} what
    (( ! $+functions[$name] )) || what=function
    (( ! $+aliases[$name] )) || what=${${aliases[$name]:#($name|$name *)}:+alias}
    [[ -z $what ]] || print -r -- "wrapify: $name is a${${(M)what:#a*}:+n} $what of this shell, which is not inside" >/dev/tty
}

# ---- pastes

# The key of a bracketed paste. What inserts it is looked up now: others may have replaced it since.
__wrapify_paste() {
    local __wrapify_b=$PREBUFFER$LBUFFER __wrapify_a=$RBUFFER __wrapify_t=$EPOCHREALTIME
    local __wrapify_status __wrapify_w=
    # With -w, which early zsh has not, the widget of others finds its own name.
    zle _wrapify_probe -w 2>/dev/null && __wrapify_w=-w
    zle ${__wrapify_native:-bracketed-paste} ${__wrapify_w:+-w} -- "$@"
    __wrapify_status=$?
    [[ -n $__wrapify_guard && $CONTEXT != (vared|select) ]] && __wrapify_mark "$__wrapify_b" "$__wrapify_a" $__wrapify_t
    return $__wrapify_status
}

__wrapify_probe() { [[ $WIDGET == _wrapify_probe ]]; }

__wrapify_mark() { # [BEFORE AFTER START]
    emulate -L zsh
    local before=${1-} after=${2-} line=$PREBUFFER$BUFFER
    # Neither is sure after a paste over a selection, or in the command mode of vi.
    [[ $line[1,$#before] == "$before" ]] || before=
    [[ -z $after || $line[-$#after,-1] == "$after" ]] || after=
    __wrapify_text=$line[$#before+1,$#line-$#after]
    if [[ -n $__wrapify_pasted ]]; then
        # A second paste: what stood around both.
        if [[ $before == "$__wrapify_before"* ]]; then before=$__wrapify_before
        elif [[ $__wrapify_before != "$before"* ]]; then before=; fi
        if [[ $after == *"$__wrapify_after" ]]; then after=$__wrapify_after
        elif [[ $__wrapify_after != *"$after" ]]; then after=; fi
    fi
    [[ -n $__wrapify_watch ]] || __wrapify_hook line-pre-redraw __wrapify_emptied
    # What waits now came with it, however long it takes to draw. bracketed-paste-magic has read the next key already (which
    # early zsh cannot tell): then only the start is known, and how long it may take.
    __wrapify_pasted=1 __wrapify_before=$before __wrapify_after=$after __wrapify_watch=1 __wrapify_ended=$EPOCHREALTIME
    if (( PENDING )); then __wrapify_ended=1e18
    elif (( ${KEYS_QUEUED_COUNT-1} )) && [[ $widgets[${__wrapify_native:-bracketed-paste}] != builtin ]]; then
        (( __wrapify_ended = ${3:-0} + ($#__wrapify_text < 220 ? .03 + .001 * $#__wrapify_text : .25) ))
    fi
}

# Hooked in only while a line is marked: its mark goes when the line is empty.
__wrapify_emptied() {
    [[ -n $BUFFER || -z $__wrapify_pasted ]] || typeset -g __wrapify_pasted= __wrapify_lost=$__wrapify_text
}

__wrapify_forget() { __wrapify_pasted= __wrapify_lost=; }

# Ask wrapify about the paste in the editor: sets `code` and `told`, what is to stay below the line. A question stands
# there too and takes itself away. It knows SIGVTALRM, which ends after two seconds whatever else takes so long.
__wrapify_ask() { # OPTION…
    POSTDISPLAY= CURSOR=$#BUFFER
    zle -Rc
    told=$(print -rN -- "$__wrapify_before" "$__wrapify_after" "$PREBUFFER$BUFFER" | command $__wrapify_timeout \
        --preserve-status -s VTALRM 2 $__wrapify_bin ask --shell zsh --below 1 ${${(M)CONTEXT:#cont}:+--continued} "$@" \
        2>/dev/null) && code=0 || code=$?
    [[ $told == asking* ]] || return 0
    if [[ $told == asking && $code == 1[0-3] ]]; then zle .redisplay; zle -R; else zle -I; fi
    # Something was found: without an answer it stays.
    [[ $code == 1[0-3] ]] || code=11
    told=${${told#asking}#$'\n'}
    told=${told#kept}
}

# Decide about the paste in the editor; false: it stays there.
__wrapify_judge() {
    emulate -L zsh
    local told= code=127 space
    [[ -n $__wrapify_pasted ]] || __wrapify_before= __wrapify_after=
    # zsh knows whether something came with the Enter, so nobody else need look. What did is a part of the question.
    [[ ! -x $__wrapify_bin ]] || __wrapify_ask ${__wrapify_burst:+--judge} ${__wrapify_burst:---alone}
    (( code == 13 )) || [[ -z $__wrapify_burst ]] || __wrapify_drain
    if (( code == 20 )); then
        __wrapify_ask --early $__wrapify_burst
        [[ $code == 1[0-3] ]] || code=11
    fi
    __wrapify_ended=$EPOCHREALTIME
    # What continues a line goes to no sandbox.
    [[ $code:$CONTEXT != 10:cont ]] || code=11
    case $code in
        (13) __wrapify_forget; return 0 ;;
        (12)
            __wrapify_dropped="$__wrapify_words[1] $PREBUFFER$BUFFER"
            __wrapify_forget
            zle .send-break ;;
        (11)
            CURSOR=$#BUFFER
            [[ -z $told ]] || __wrapify_freeze "$BUFFER" "$told" ;;
        (10)
            space=${BUFFER%%[^[:space:]]*}
            __wrapify_route "$space$__wrapify_words[1] ${BUFFER#"$space"}" '' "$BUFFER" "$told"
            return ;;
        (*) __wrapify_filter; return ;;
    esac
    return 1
}

# What waits behind the key that accepted came with it: it belongs to the line, and nobody else may read it.
__wrapify_drain() {
    local key rest
    setopt localoptions nomultibyte
    while read -t 0.03 -k 1 key; do
        rest+=$key
        while (( PENDING )) && read -t 0 -k $PENDING key; do rest+=$key; done
    done
    setopt localoptions multibyte
    rest=${${rest//$'\e[20'[01]'~'/}//$'\r'/$'\n'}
    while [[ $rest == *$'\n' ]]; do rest=${rest%$'\n'}; done
    [[ -z $rest ]] || BUFFER+=$'\n'$rest CURSOR=$#BUFFER
    [[ -n $__wrapify_pasted ]] || __wrapify_mark
}

__wrapify_freeze() { # LINE TEXT: leave the line on the screen, and the text below it
    BUFFER=$1 POSTDISPLAY= CURSOR=$#BUFFER
    zle -Rc
    zle -I
    [[ -z $2 ]] || print -r -- "$2" >/dev/tty
}

# The program did not answer: plain words pass, all else stays. What came with its own Enter stays in any case.
__wrapify_filter() {
    emulate -L zsh -o extendedglob
    local line=$PREBUFFER$BUFFER why='did not answer' how=', ,, in front tries it in a sandbox'
    [[ -x $__wrapify_bin ]] || why='is not there' how=
    local risky='sudo|sudoedit|doas|su|pkexec|run0|curl|wget|nc|ncat|netcat|socat|ssh|scp|rm|dd|shred|mkfs*|fdisk|'
    risky+='parted|chmod|chown|chattr|eval|exec|source|.|command|builtin|alias|sh|bash|zsh|fish|dash|ash|ksh|'
    risky+='csh|tcsh|busybox|python*|perl*|ruby*|node|nodejs|php*|lua*|awk|gawk|env|xargs|find|tee|crontab|'
    risky+='systemctl|pip*|npm|npx|make|git|docker|podman|wrapify'
    if [[ $__wrapify_burst == --early || $line != [A-Za-z0-9\ _./:=,@%+-]## || $line == [A-Za-z0-9_]##=* ||
        -n ${(M)${=line//[^A-Za-z0-9_.-]/ }:#(${~risky})} ]]; then
        CURSOR=$#BUFFER
        __wrapify_say "the program $why, so this paste was not run$how; \`wrapify off\` and Enter runs it here"
        return 1
    fi
    __wrapify_forget
    [[ -z $__wrapify_noticed ]] || return 0
    __wrapify_noticed=1
    __wrapify_freeze "$BUFFER" "wrapify $why: pastes of plain words run, all others stay in the editor"
}

function wrapify {
    emulate -L zsh
    local guard=off what='not judged' program="${__wrapify_bin:-wrapify} is not there"
    case $#:${1-} in
        (1:on) __wrapify_guard=1 WRAPIFY_STATUS=on ;;
        (1:off) __wrapify_guard= WRAPIFY_STATUS=off && __wrapify_forget ;;
        (1:status)
            [[ -z $__wrapify_guard ]] || guard=on what=judged
            [[ ! -x $__wrapify_bin ]] || program=$__wrapify_bin
            print -r -- "wrapify is $guard in this shell: pastes are $what"$'\n'"program: $program" ;;
        (*) if [[ -x $__wrapify_bin ]]; then command $__wrapify_bin "$@"; else command wrapify "$@"; fi ;;
    esac
}

# ---- the one word that is accepted

__wrapify_restore() {
    [[ -z $__wrapify_saved ]] || typeset -g PROMPT=$__wrapify_prompt RPROMPT=$__wrapify_rprompt __wrapify_saved=
    [[ -z $__wrapify_errexit ]] || { setopt errexit; typeset -g __wrapify_errexit=; }
}

__wrapify_go() {
    __wrapify_restore
    print -n '\e[A\r\e[K' >/dev/tty
    command $__wrapify_bin "${__wrapify_args[@]}"
}

# Every line comes here before it runs, those too that no key accepted: `fc` and `r` run lines of history. There `!!`
# must stay what it is, so that such a line is seen here as well and goes to the editor.
__wrapify_addhistory() {
    {
        if [[ $1 == $'__wrapify_go\n' && -n $__wrapify_typed ]]; then
            __wrapify_remember
            # For zsh the 1 is a failure like any other, and no word of the user's.
            [[ ! -o errexit ]] || { typeset -g __wrapify_errexit=1; unsetopt errexit; }
            return 1
        fi
        __wrapify_unaccepted "$1" && return 1
        [[ -z $__wrapify_bang ]] || unsetopt banghist
        return 0
    } 2>/dev/null
}

__wrapify_unaccepted() {
    emulate -L zsh
    local -a reply
    [[ ! -o banghist || $1 != (|*[^[:alnum:]_-])(fc|r)[^[:alnum:]_-]* ]] || __wrapify_bang=1
    # Behind `true; ` a prefix is no prefix, and what history expansion put there would run here.
    [[ $1 == ${~__wrapify_any} ]] && { __wrapify_split "$1" || [[ $1 != *"$__wrapify_sent"$'\n' ]]; } || return
    print -r -- "wrapify: this line goes to the editor and was not run: Enter there goes on with it" >/dev/tty
    print -rz -- "${1%$'\n'}"
    # An interrupt keeps it from running, if no trap of the user's lets it; in zsh 5.3 it comes too late, and an error does.
    trap - INT
    kill -INT $$
    : ${__wrapify_none:?}
}

# History gets the line as typed. The functions of others judge that line, and print -s asks no option, so both do here.
__wrapify_remember() {
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

# A line that came past the widgets above is looked at here. What is to stay comes back at the next prompt.
__wrapify_line_finish() {
    emulate -L zsh
    local looked=$__wrapify_looked
    __wrapify_looked=
    [[ -z $looked && $BUFFER != __wrapify_go ]] && __wrapify_concerns || return 0
    __wrapify_late=1
    __wrapify_look && return
    [[ -z $BUFFER ]] || print -zr -- "$BUFFER"
    BUFFER=
    [[ -z $__wrapify_pasted ]] || __wrapify_pasted=back
}

__wrapify_line_init() {
    typeset -g __wrapify_drawn=$EPOCHREALTIME __wrapify_waited=$PENDING __wrapify_late= __wrapify_looked=
    [[ $__wrapify_pasted != back ]] || typeset -g __wrapify_pasted=1 __wrapify_before= __wrapify_after=
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

# A widget of one's own costs less than a list, which takes it in if it is made later.
__wrapify_hook() { # HOOK FUNCTION
    if [[ -n ${widgets[zle-$1]-} ]]; then add-zle-hook-widget $1 $2; else zle -N zle-$1 $2; fi
}

__wrapify_precmd() {
    {
        [[ -z $__wrapify_bang ]] || { setopt banghist; typeset -g __wrapify_bang=; }
        __wrapify_restore
        __wrapify_fresh
    } 2>/dev/null
}

# At each prompt others may have set these anew.
__wrapify_fresh() {
    emulate -L zsh
    local one
    typeset -g WRAPIFY_STATUS=${${__wrapify_guard:+on}:-off}
    [[ ! -e ${XDG_CONFIG_HOME:-$HOME/.config}/wrapify/off ]] || WRAPIFY_STATUS=off
    [[ -x $__wrapify_bin ]] || WRAPIFY_STATUS=missing
    [[ -n $__wrapify_ready ]] || __wrapify_install
    for one in finish init; do
        [[ $widgets[zle-line-$one] == user:(azhw:*|__wrapify_line_$one) ]] || __wrapify_hook line-$one __wrapify_line_$one
    done
    # What others do in zle-line-init may be all of the editing (a transient prompt), and zle has pastes marked only behind it.
    [[ $widgets[zle-line-init] != user:azhw:* ]] || print -rn -- "${zle_bracketed_paste[1]-}" >/dev/tty
    for one in main emacs viins vicmd; do bindkey -M $one '^[[200~' _wrapify_paste; done
    if [[ -n $__wrapify_dropped ]]; then
        print -Sr -- "$__wrapify_dropped"
        __wrapify_dropped=
    fi
    if [[ -n $__wrapify_watch ]]; then
        __wrapify_watch=
        if [[ ${widgets[zle-line-pre-redraw]-} == user:__wrapify_emptied ]]; then zle -D zle-line-pre-redraw
        else add-zle-hook-widget -d line-pre-redraw __wrapify_emptied; fi
    fi
    [[ $__wrapify_pasted == (|back) ]] || __wrapify_pasted= __wrapify_lost=$__wrapify_text
}

# At the first prompt, when all start-up files have been read.
__wrapify_install() {
    __wrapify_ready=1
    local widget
    for widget in accept-line accept-and-hold accept-line-and-down-history accept-and-infer-next-history; do
        __wrapify_wrap $widget __wrapify_accept
    done
    for widget in magic-space expand-history expand-or-complete expand-or-complete-prefix menu-expand-or-complete; do
        __wrapify_wrap $widget __wrapify_edit
    done
    zshaddhistory_functions+=(__wrapify_addhistory)
    zle -N _wrapify_paste __wrapify_paste
    zle -N _wrapify_probe __wrapify_probe
    # A search takes a paste into what it searches for.
    bindkey -M isearch '^[[200~' bracketed-paste
    # A widget of the user's own on this key.
    local -a bound=(${(z)"$(bindkey -M main '^[[200~')"})
    [[ $bound[-1] == (bracketed-paste|undefined-key) ]] || __wrapify_native=$bound[-1]
}
