# Completions of wrapify for fish. `wrapify completions fish` prints the tables that this walks, and then this.
#
# __wrapify_is: "c PATH" is a command, "t PATH OPTION" takes a value, behind "i PATH" comes a command of its own.
# __wrapify_offer: prints what may come.

function __wrapify_words_KEY
    __wrapify_offer k
end

function __wrapify_words_VALUE
    __wrapify_offer "k $__wrapify_word"
end

function __wrapify_words_BOX
    set -l state ~/.local/state
    set -q XDG_STATE_HOME; and set state $XDG_STATE_HOME
    set -l boxes $state/wrapify/boxes/*/
    string match -r -- '[A-Za-z0-9][A-Za-z0-9._-]*(?=/$)' $boxes
end

function __wrapify_words_FILE
    __fish_complete_path (commandline -ct)
end

# What begins at a word is a command: it is completed as if it stood alone.
function __wrapify_inner
    complete -C (string join ' ' -- (string escape -- $argv) (commandline -ct | string collect))
end

function __wrapify_complete
    set -l path
    set -l option
    set -l plain
    set -l number 1
    set -g __wrapify_word
    set -l given (commandline -opc)
    for i in (seq 2 (count $given))
        set -l word $given[$i]
        if set -q option[1]
            set -e option
        else if test "$word" = --
            set plain yes
        else if string match -q -- '-*' $word; and test -z "$plain"
            __wrapify_is "t $path $word"; and set option $word
        else if __wrapify_is c\ (string join ' ' -- $path $word)
            set path (string join ' ' -- $path $word)
        else if __wrapify_is "i $path"
            __wrapify_inner $given[$i..-1]
            return
        else
            test $number = 1; and set -g __wrapify_word $word
            set number (math $number + 1)
        end
    end
    set -l current (commandline -ct)
    if set -q option[1]
        __wrapify_offer "v $path $option"
    else if string match -q -- '--*=*' $current; and test -z "$plain"
        set -l parts (string split -m 1 = -- $current)
        printf '%s\n' $parts[1]=(__wrapify_offer "v $path $parts[1]")
    else if string match -q -- '-*' $current; and test -z "$plain"
        __wrapify_offer "o $path"
    else if __wrapify_is "i $path"
        __wrapify_inner
    else
        __wrapify_offer "w $path $number"
    end
end

complete -c wrapify -f -k -a '(__wrapify_complete)'
