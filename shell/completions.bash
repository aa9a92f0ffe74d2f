# shellcheck shell=bash disable=SC2034
# Completions of wrapify for bash. `wrapify completions bash` prints the tables that this walks, and then this.
#
# __wrapify_is: "c PATH" is a command, "t PATH OPTION" takes a value, behind "i PATH" comes a command of its own.
# __wrapify_offer: what may come, added to `words` and `kinds`.

__wrapify_complete() {
    local cur=${COMP_WORDS[COMP_CWORD]} path='' option='' words='' kinds='' number=1 plain='' last='' i word word1=''
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        # bash cuts --option=value into three words.
        if [[ $word == = && $last ]]; then option=$last; continue; fi
        last=''
        if [[ $option ]]; then option=''; continue; fi
        if [[ $word == -- ]]; then plain=1; continue; fi
        if [[ $word == -* && ! $plain ]]; then
            last=$word
            ! __wrapify_is "t $path $word" || option=$word
            continue
        fi
        if __wrapify_is "c ${path:+$path }$word"; then path=${path:+$path }$word; continue; fi
        if __wrapify_is "i $path"; then __wrapify_inner "$i"; return; fi
        [[ $number != 1 ]] || word1=$word
        number=$((number + 1))
    done
    if [[ $cur == = && $last ]]; then cur='' option=$last; fi
    if [[ $option ]]; then
        __wrapify_offer "v $path $option"
    elif [[ $cur == -* && ! $plain ]]; then
        __wrapify_offer "o $path"
    else
        if __wrapify_is "i $path"; then __wrapify_inner "$COMP_CWORD"; return; fi
        __wrapify_offer "w $path $number"
    fi
    [[ $kinds != *KEY* ]] || __wrapify_offer k
    [[ $kinds != *VALUE* ]] || __wrapify_offer "k $word1"
    [[ $kinds != *BOX* ]] || words+=" $(builtin cd -- "${XDG_STATE_HOME:-$HOME/.local/state}/wrapify/boxes" 2>/dev/null &&
        builtin printf '%s ' [A-Za-z0-9]*)"
    builtin mapfile -t COMPREPLY < <(builtin compgen -W "${words//[!A-Za-z0-9 ._+:-]/}" -- "$cur")
    [[ $kinds != *FILE* ]] || { compopt -o filenames; builtin mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
        builtin compgen -f -- "$cur"); }
}

# What begins at word $1 is a command: it is completed as if it stood alone.
__wrapify_inner() {
    if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then _command_offset "$1"
    elif [[ $1 == "$COMP_CWORD" ]]; then builtin mapfile -t COMPREPLY < <(builtin compgen -c -- "$cur")
    else builtin mapfile -t COMPREPLY < <(builtin compgen -f -- "$cur"); fi
}

complete -o bashdefault -F __wrapify_complete wrapify
