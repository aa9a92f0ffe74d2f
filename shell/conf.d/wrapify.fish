# For plugin managers of fish (fisher), which copy this: what `wrapify setup` writes, by the program.
status is-interactive; and function __wrapify_load --on-event fish_prompt
    functions -e __wrapify_load
    command -q wrapify; or return
    wrapify init fish | source
    functions -q __wrapify_prompt; or return
    __wrapify_prompt
    for word in $__wrapify_words
        complete -c $word -x -a '(__fish_complete_subcommand)'
    end
end
