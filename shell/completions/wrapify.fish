wrapify completions fish | source
