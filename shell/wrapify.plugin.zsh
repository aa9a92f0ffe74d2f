# For plugin managers of zsh (oh-my-zsh, antidote, zinit): what `wrapify setup` writes into .zshrc. It lies beside the
# hook, wherever the manager's symlinks lead from.
if command -v wrapify >/dev/null; then
    source "${${(%):-%x}:A:h}/wrapify.zsh"
    if (( $+functions[compdef] )); then
        _wrapify() {
            unfunction _wrapify
            eval "$(wrapify completions zsh || echo return 1)"
            _wrapify "$@"
        }
        compdef _wrapify wrapify
        compdef _precommand ${__wrapify_words:-,,}
    fi
fi
