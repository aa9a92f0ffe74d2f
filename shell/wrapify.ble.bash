# wrapify for bash under ble.sh, whose own editor takes the place of readline: what accepts a line, begins a paste or
# expands history there has our advice. wrapify.bash loads this by `wrapify init ble.sh`, and does the rest of the work.
# README.md has the contract.

# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # the variables of ble.sh and of wrapify.bash; text for later

# Let FUNCTION work on the line as under `bind -x`: below where it stood, which is empty, with what is typed left alone.
__wrapify_below() { # FUNCTION [ARGUMENT]
    local __wrapify_ble=1 READLINE_POINT=$_ble_edit_ind
    ble/edit/enter-command-layout
    ble/widget/.hide-current-line
    ble-edit/restore-PS1
    ble/term/leave-for-widget
    builtin printf '\e[?2004h' >/dev/tty # a second paste is to be known as one
    "$@"
    ble/term/enter-for-widget
    ble-edit/adjust-PS1
    [[ $READLINE_LINE == "$_ble_edit_str" || $READLINE_LINE == __wrapify_go ]] ||
        ble-edit/content/reset-and-check-dirty "$READLINE_LINE"
    [[ $READLINE_LINE == __wrapify_go ]] || ble/edit/leave-command-layout
    ((_ble_edit_ind = READLINE_POINT < ${#_ble_edit_str} ? READLINE_POINT : ${#_ble_edit_str}))
}

__wrapify_ble_accept() { # true: ble.sh may accept the line
    local READLINE_LINE=$_ble_edit_str __wrapify_ble=1 status=${_ble_edit_exec_lastexit-0}
    ADVICE_EXIT=0 __wrapify_held='' __wrapify_fresh=1 __wrapify_lines=''
    __wrapify_rush
    if [[ $__wrapify_mark$__wrapify_early ]] || __wrapify_named; then
        __wrapify_below __wrapify_look "$READLINE_LINE"
        [[ ! $__wrapify_held ]] || return
        if [[ $READLINE_LINE == __wrapify_go ]]; then
            ble-edit/exec/register '__wrapify_go 1'
            ble/widget/.newline/clear-content
            return 1
        fi
    fi
    __wrapify_mark=''
}

__wrapify_ble_other() { # FUNCTION: true: it is for ble.sh to do
    local READLINE_LINE=$_ble_edit_str
    __wrapify_watched || return 0
    ADVICE_EXIT=0
    __wrapify_below __wrapify_instead "$1"
    return 1
}

# Does the text begin with a prefix, or hold one that history would expand?
__wrapify_stray() { # TEXT
    local word text=${1#"${1%%[![:space:]]*}"}
    for word in "${__wrapify_words[@]}"; do
        [[ $text != "$word" && $text != "$word"[[:space:]+]* && ($word != *!* || $text != *"$word"*) ]] || return 0
    done
    return 1
}

# Leave readline to ble.sh, without the private keys: it keeps a cache of what it finds bound there.
__wrapify_leave() {
    local map key
    __wrapify_unbind
    for map in "${__wrapify_maps[@]}"; do
        for key in l p b m j o d xe xv xm xs; do
            builtin bind -m "$map" -r "$__wrapify_key$key" 2>/dev/null
        done
    done
}

__wrapify_advise() {
    local name do=ble/function#advice/do
    for name in ble-attach ble/function#advice ble/decode/has-input ble/history/add ble/term/{leave,enter}-for-widget \
        ble-edit/{exec/register,restore-PS1,adjust-PS1,content/reset-and-check-dirty} \
        ble/edit/{histexpand,enter-command-layout,leave-command-layout} ble/widget/default/accept-{line,single-line-or} \
        ble/widget/{bracketed-paste{,.hook/check-end},.newline/clear-content,.hide-current-line} \
        ble/widget/{shell-expand-line,edit-and-execute-command.impl}; do
        builtin declare -F "$name" >/dev/null && continue
        __wrapify_say "this ble.sh has no $name"
        return 1
    done
    ble/function#advice before ble-attach __wrapify_leave
    ble/function#advice around ble/widget/default/accept-line "! __wrapify_ble_accept || $do"
    # Of many lines that come at once, ble.sh makes one of many rows. It counts as a paste.
    ble/function#advice before ble/widget/default/accept-single-line-or \
        '[[ ! $_ble_edit_str ]] || ! ble/decode/has-input || __wrapify_behind=1'
    ble/function#advice before ble/widget/bracketed-paste \
        '__wrapify_ble=1 READLINE_LINE=$_ble_edit_str READLINE_POINT=$_ble_edit_ind __wrapify_paste'
    ble/function#advice after ble/widget/bracketed-paste.hook/check-end __wrapify_now
    ble/function#advice after ble/widget/.newline/clear-content '__wrapify_mark='
    for name in shell-expand-line edit-and-execute-command.impl; do
        ble/function#advice around "ble/widget/$name" "! __wrapify_ble_other $name || $do"
    done
    ble/function#advice around ble/edit/histexpand \
        "if __wrapify_stray \"\${ADVICE_WORDS[1]}\"; then ret=\${ADVICE_WORDS[1]} ADVICE_EXIT=0; else $do; fi"
    # What comes to be run another way than through the key above.
    ble/function#advice around ble-edit/exec/register \
        "if __wrapify_stray \"\${ADVICE_WORDS[1]}\" || [[ \$__wrapify_mark && ! \$__wrapify_off ]]; then ADVICE_EXIT=0; __wrapify_say 'this came past the keys of wrapify, so it was not run'; else $do; fi"
}
__wrapify_advise
