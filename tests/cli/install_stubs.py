"""The stand-ins of the installer's tests: package managers, uv and pipx, and a project that installs in seconds."""

from __future__ import annotations

TOOLS = """
    cat chmod cksum cp dirname env fold grep head id ln mkdir mktemp readlink rm rmdir sed sh stat stty tail uname
""".split()
MANAGERS = {
    "apt-get": ["apt-get update", "apt-get install -y bubblewrap slirp4netns"],
    "dnf": ["dnf install -y bubblewrap slirp4netns"],
    "pacman": ["pacman -S[y]? --needed --noconfirm bubblewrap slirp4netns"],
    "zypper": ["zypper --non-interactive install bubblewrap slirp4netns"],
    "apk": ["apk add --update-cache bubblewrap slirp4netns"],
    "xbps-install": ["xbps-install -Sy bubblewrap slirp4netns"],
    "emerge": ["emerge --noreplace sys-apps/bubblewrap app-containers/slirp4netns"],
}

# Logs its own command line and whether that had been printed before it ran; then bwrap "is installed".
MANAGER_STUB = """#!/bin/sh
line="${0##*/} $*"
if grep -qF -- "$line" "$STUB_OUT"; then said=announced; else said=silent; fi
echo "$said: $line" >>"$STUB_LOG"
case $line in *bubblewrap*) cp "$STUB_BIN/sh" "$STUB_BIN/bwrap" ;; esac
"""
ADMIN_STUB = """#!/bin/sh
echo "admin: ${0##*/} $*" >>"$STUB_LOG"
exec "$@"
"""
# uv and pipx, as far as the installer talks to them.
TOOL_STUB = """#!/bin/sh
echo "tool: ${0##*/} $*" >>"$STUB_LOG"
program=$HOME/.local/bin/wrapify
case "${0##*/} $*" in
    'uv tool dir --bin' | 'pipx environment'*) echo "${program%/*}" ;;
    'uv tool install'* | 'pipx install'*)
        mkdir -p "${program%/*}"
        rm -f "$program"
        cp "$STUB_PROGRAM" "$program"
        chmod 755 "$program" ;;
    'uv tool uninstall'* | 'pipx uninstall'*) rm "$program" ;;
esac
"""
BROKEN_STUB = """#!/bin/sh
echo "tool: ${0##*/} $*" >>"$STUB_LOG"
echo "no interpreter for you" >&2
exit 1
"""

PYPROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "wrapify"
version = "0.0.1"
"""
BACKEND = '''"""Pack `program` as the script wrapify."""
import zipfile


def build_wheel(directory, config_settings=None, metadata_directory=None):
    info = "wrapify-0.0.1.dist-info/"
    files = {
        "wrapify-0.0.1.data/scripts/wrapify": open("program").read(),
        info + "METADATA": "Metadata-Version: 2.1\\nName: wrapify\\nVersion: 0.0.1\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files[info + "RECORD"] = "".join(f"{name},,\\n" for name in [*files, info + "RECORD"])
    name = "wrapify-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            wheel.writestr(entry, text)
    return name
'''
# What the stand-in's `wrapify sh` does is chosen by STANDIN: keep what it writes, forget it, let it out …
PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then echo "wrapify 0.0.1"; exit; fi
boxes=$TMPDIR/boxes
if [ "$1" = setup ]; then echo "$*" >>"$TMPDIR/setup"; exit "${SETUP_ENDS:-0}"; fi
if [ "$1" = box ]; then cat "$boxes"; exit; fi
script=$(cat)
case "${STANDIN:-catch}" in
    catch) HOME=$(mktemp -d) sh -c "$script" && echo one >>"$boxes" ;;
    forget) HOME=$(mktemp -d) sh -c "$script" ;;
    leak) sh -c "$script" ;;
    half) exit 0 ;;
esac
"""
