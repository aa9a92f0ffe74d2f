"""Pure. What is done with a clipboard; `wrapify.clipboard` is the clipboard itself."""
