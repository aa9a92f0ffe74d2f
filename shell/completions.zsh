# Completions of wrapify for zsh. `wrapify completions zsh` prints the tables that this walks, and then this.
#
# __wrapify_is: "c PATH" is a command, "t PATH OPTION" takes a value, behind "i PATH" comes a command of its own.
# __wrapify_offer: what may come, added to `found` and `kinds`.

# No `emulate`: the functions called here need the options that zsh sets for completions.
_wrapify() {
    local path_= option= plain= word word1= i
    local -a found kinds
    integer number=1
    for (( i = 2; i < CURRENT; i++ )); do
        word=$words[i]
        if [[ -n $option ]]; then option=; continue; fi
        if [[ $word == -- ]]; then plain=1; continue; fi
        if [[ $word == -* && -z $plain ]]; then
            ! __wrapify_is "t $path_ $word" || option=$word
            continue
        fi
        if __wrapify_is "c ${path_:+$path_ }$word"; then path_=${path_:+$path_ }$word; continue; fi
        if __wrapify_is "i $path_"; then __wrapify_inner $i; return; fi
        (( number > 1 )) || word1=$word
        (( number++ ))
    done
    word=${words[CURRENT]-}
    if [[ -z $option && $word == --*=* && -z $plain ]]; then
        option=${word%%=*}
        compset -P '*='
    fi
    if [[ -n $option ]]; then
        __wrapify_offer "v $path_ $option"
    elif [[ $word == -* && -z $plain ]]; then
        __wrapify_offer "o $path_"
    else
        if __wrapify_is "i $path_"; then __wrapify_inner $CURRENT; return; fi
        __wrapify_offer "w $path_ $number"
    fi
    (( ! $kinds[(Ie)KEY] )) || __wrapify_offer k
    (( ! $kinds[(Ie)VALUE] )) || __wrapify_offer "k $word1"
    (( ! $kinds[(Ie)BOX] )) || found+=(${XDG_STATE_HOME:-$HOME/.local/state}/wrapify/boxes/[A-Za-z0-9]*(N/:t))
    local -i none=1
    (( ! $#found )) || { _describe -V wrapify found && none=0 }
    (( ! $kinds[(Ie)FILE] )) || { _files && none=0 }
    return none
}

# What begins at word $1 is a command: it is completed as if it stood alone.
__wrapify_inner() {
    shift $(( $1 - 1 )) words
    (( CURRENT -= $1 - 1 ))
    _normal
}

# Read as a file of $fpath, it is called at once; else it is made known.
if [[ ${funcstack[1]-} == _wrapify ]]; then
    _wrapify "$@"
elif (( $+functions[compdef] )); then
    compdef _wrapify wrapify
fi
