#!/bin/sh
# Installed as bin/wrapify. It finds the package beside itself and starts it with -IS: Python's own
# site import is most of the start-up time of an empty program. It forks only to follow a symlink.

self=$0
case $self in */*) ;; *) self=./$self ;; esac
while [ -L "$self" ]; do
    # The added x keeps newlines at the end of a name, which $(…) would strip.
    link=$(readlink -n -- "$self" && echo x)
    link=${link%x}
    case $link in
        /*) self=$link ;;
        *) self=${self%/*}/$link ;;
    esac
done
bin=${self%/*}

# A venv has its packages and an interpreter of the same version beside each other. All of wrapify's
# dependencies are there too, so site, which would look for them elsewhere, is not needed.
# After `venv --upgrade` there may be several: the interpreter of the same name decides.
for main in "$bin"/../lib/python3*/site-packages/wrapify/__main__.py; do
    [ -e "$main" ] || continue
    python=${main%/site-packages/wrapify/__main__.py}
    python=$bin/${python##*/}
    [ -x "$python" ] && exec "$python" -X utf8 -IS "$main" "$@"
done

# `pip install --user`, --prefix and Debian's dist-packages: the interpreter is elsewhere and so may the
# dependencies be, hence with site. dist-packages belong to the distribution's interpreter.
for main in "$bin"/../lib/python3*/site-packages/wrapify/__main__.py \
    "$bin"/../lib/python3*/dist-packages/wrapify/__main__.py; do
    [ -e "$main" ] || continue
    python=${main%/*-packages/wrapify/__main__.py}
    python=${python##*/}
    case $main in */dist-packages/*) [ -x "/usr/bin/$python" ] && python=/usr/bin/$python ;; esac
    command -v "$python" >/dev/null && exec "$python" -X utf8 -I "$main" "$@"
done

# An editable install: only the interpreter's site knows where the package is.
[ -x "$bin/python3" ] && exec "$bin/python3" -X utf8 -I -m wrapify "$@"
exec python3 -X utf8 -I -m wrapify "$@"
