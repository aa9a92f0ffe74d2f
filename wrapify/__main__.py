"""Touches: sys.path. The start of every run of the program, by `bin/wrapify` (python -IS) or `python -m wrapify`."""

import _signal
import os
import sys

if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:
    # Ctrl-C ends it without a traceback until there is something to put in order; `main` takes it up then.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

if not sys.flags.no_site or __package__:
    from wrapify.cli import main
else:
    # Without site there is no site-packages; the package's own folder is beside its dependencies.
    sys.path.insert(0, __file__.rsplit("/", 2)[0])
    from wrapify.cli import main

if __name__ == "__main__":
    status = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        if stream:  # None if the caller closed it.
            stream.flush()
    # Taking the interpreter down in good order takes 2 ms, and there is nothing left to put in order.
    os._exit(status)
