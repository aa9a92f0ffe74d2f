#!/bin/sh
# Install wrapify from this checkout, show what it does, or take it away again.
#
# Everything stands in functions and `main` is called on the last line: a copy that was cut off
# in the middle defines a few functions and does nothing.
#
# Whatever this script runs as administrator is printed first, word for word. It downloads nothing
# itself: packages come from the distribution's package manager and from uv, pipx or pip.
#
# shellcheck disable=SC2088  # a ~ in quotes is for the reader

usage() {
    cat <<'EOF'
Usage: ./install.sh [options]

  (no option)     install wrapify, or bring an installed one up to date
  --demo          install it if need be, then watch it catch a script that meddles
  --uninstall     remove what this script installed; your boxes are kept

  -y, --yes       ask nothing
  --dry-run       print every step, change nothing
  --no-packages   never call the system's package manager
  -h, --help      this text

As an ordinary user wrapify goes into your home, by uv, by pipx or into a Python environment of
its own. As root it goes into /opt/wrapify, for everyone on this machine.
EOF
}

# ---------------------------------------------------------------------------------- words

choose_looks() {
    bold='' dim='' red='' green='' yellow='' plain='' tick='ok' cross='!!' warn='!'
    case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
        *[Uu][Tt][Ff]*) tick='✓' cross='✗' ;;
    esac
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
        esc=$(printf '\033')
        bold="${esc}[1m" dim="${esc}[2m" plain="${esc}[0m"
        red="${esc}[31m" green="${esc}[32m" yellow="${esc}[33m"
    fi
    choose_width
}

# As wide as the terminal, within reason.
choose_width() {
    size=''
    # In $( ) the output is a pipe.
    if [ -t 1 ]; then { size=$(stty size <&3 2>/dev/null) || size=''; } 3>&1; fi
    width=${size#* }
    case "$width" in '' | 0* | *[!0-9]*) width=80 ;; esac
    if [ "$width" -gt 100 ]; then width=100; fi
    if [ "$width" -lt 40 ]; then width=40; fi
}

say() { printf '%s\n' "$*"; }
good() { say "${green}${tick}${plain} $*"; }
bad() { say "${red}${cross}${plain} $*"; }
note() { say "${yellow}${warn}${plain} $*"; }
title() { say "${bold}$*${plain}"; }

# One clear sentence, then what helps.
die() {
    printf '%s\n' "${red}${cross}${plain} $1" >&2
    shift
    for hint in "$@"; do printf '%s\n' "  $hint" >&2; done
    exit 1
}

# A command as a person would type it: words that need it are quoted.
spell() {
    spelled=''
    for word in "$@"; do
        case "$word" in
            '' | *[!A-Za-z0-9_@%+=:,./-]*) word="'$(printf '%s' "$word" | sed "s/'/'\\\\''/g")'" ;;
        esac
        spelled="$spelled${spelled:+ }$word"
    done
    printf '%s\n' "$spelled"
}

show_command() { say "    ${dim}\$${plain} $(spell "$@")"; }

# The home as people write it.
tidy() {
    case "$1" in
        "$HOME"/*) printf '%s\n' "~${1#"$HOME"}" ;;
        *) printf '%s\n' "$1" ;;
    esac
}

# ---------------------------------------------------------------------------------- doing

has() { command -v "$1" >/dev/null 2>&1; }

# Keep the output for the day it fails; the terminal stays readable.
quietly() { "$@" >"$work/log" 2>&1 </dev/null; }

show_log() { if [ -s "$work/log" ]; then tail -n 12 "$work/log" | sed 's/^/  | /' >&2; fi; }

last_words() { sed '/^[[:space:]]*$/d' "$work/log" | tail -n 1; }

# Every change that this script makes goes through here, so --dry-run cannot miss one.
act() {
    if [ "$dry" = no ]; then
        quietly "$@"
    else
        show_command "$@"
    fi
}

must() {
    act "$@" && return 0
    show_log
    die "This step did not work: $(spell "$@")" "The lines above say why."
}

starts() { "$1" --version >"$work/version" 2>"$work/log" </dev/null; }

clean_up() {
    if [ -n "${half_made:-}" ]; then
        rm -rf "$half_made"
        # The new directories too, as far as they are empty.
        printf '%s' "$made" | while IFS= read -r directory; do rmdir "$directory" 2>/dev/null || true; done
    fi
    if [ -n "${work:-}" ]; then rm -rf "$work"; fi
}

prepare() {
    work='' half_made=''
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work=$(mktemp -d) || die "No temporary directory can be made." "Is the disk full?"
}

# ---------------------------------------------------------------------------------- places

choose_places() {
    case "${HOME:-}" in
        /*) ;;
        *) die "HOME is not set to a directory." "Set it and start again." ;;
    esac
    case "${XDG_DATA_HOME:-}" in /*) data=$XDG_DATA_HOME ;; *) data=$HOME/.local/share ;; esac
    case "${XDG_STATE_HOME:-}" in /*) state=$XDG_STATE_HOME ;; *) state=$HOME/.local/state ;; esac
    case "${XDG_CACHE_HOME:-}" in /*) cache=$XDG_CACHE_HOME/wrapify ;; *) cache=$HOME/.cache/wrapify ;; esac
    state=$state/wrapify
    if [ "$(id -u)" = 0 ]; then
        # Everyone must be able to read and run it, whatever the mask of the one who installs.
        umask 022
        system=yes home=/opt/wrapify bin=/usr/local/bin
        # Runs that root starts become nobody's, who keeps things here.
        state=/var/lib/wrapify/state cache=/var/lib/wrapify/cache
    else
        system=no home=$data/wrapify bin=$HOME/.local/bin
    fi
    record=$home/install-record
}

find_checkout() {
    checkout=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || checkout=''
    if [ -f "$checkout/install.sh" ] && [ -f "$checkout/pyproject.toml" ]; then return 0; fi
    die "This script installs the checkout that it lies in, and there is none around it." \
        "Get the whole repository and run ./install.sh there."
}

recorded() {
    if [ -r "$record" ]; then sed -n "s/^$1 //p" "$record"; fi
}

# Make a directory and its parents; remember the new ones, so that uninstalling can take them away.
make_directory() {
    case "$made" in *"$1
"*) return 0 ;; esac
    if [ -d "$1" ]; then return 0; fi
    make_directory "$(dirname -- "$1")"
    must mkdir "$1"
    made="$1
$made"
}

write_record() {
    if [ "$dry" = yes ]; then return 0; fi
    {
        say "route $1"
        say "program $program"
        printf '%s' "$made" | while IFS= read -r directory; do say "made $directory"; done
    } >"$work/record"
    must cp "$work/record" "$record"
}

# ---------------------------------------------------------------------------------- packages

# What the distribution calls itself decides first: apt-get can be installed on Fedora too.
own_managers() {
    if [ ! -r /etc/os-release ]; then return 0; fi
    # shellcheck source=/dev/null
    for name in $(. /etc/os-release && printf '%s %s' "${ID:-}" "${ID_LIKE:-}"); do
        case "$name" in
            debian | ubuntu) say apt-get ;;
            fedora | rhel | centos) say dnf ;;
            arch) say pacman ;;
            suse | opensuse*) say zypper ;;
            alpine) say apk ;;
            void) say xbps-install ;;
            gentoo) say emerge ;;
        esac
    done
}

find_manager() {
    manager=''
    if [ -e /etc/NIXOS ] || has nixos-rebuild; then
        manager=nixos
        return 0
    fi
    for candidate in $(own_managers) apt-get dnf pacman zypper apk xbps-install emerge; do
        if has "$candidate"; then
            manager=$candidate
            return 0
        fi
    done
}

find_admin() {
    admin='' admin_found=yes
    if [ "$system" = yes ]; then return 0; fi
    for candidate in sudo doas; do
        if has "$candidate"; then
            admin=$candidate
            return 0
        fi
    done
    admin_found=no
}

sandbox_package() {
    if [ "$manager" = emerge ]; then say sys-apps/bubblewrap; else say bubblewrap; fi
}

# What carries the internet into a sandbox. Most scripts that people pipe into a shell need one of the two.
network_package() {
    if has slirp4netns || has pasta; then return 0; fi
    if [ "$manager" = emerge ]; then say app-containers/slirp4netns; else say slirp4netns; fi
}

# $1: why no python fits: absent, old, private (users cannot reach it) or venv.
python_packages() {
    case "$manager/$1" in
        apt-get/venv) say python3-venv ;;
        apt-get/old) say python3.11 python3.11-venv ;;
        apt-get/*) say python3 python3-venv ;;
        dnf/old) say python3.11 ;;
        zypper/old) say python311 ;;
        pacman/*) say python ;;
        emerge/*) say dev-lang/python ;;
        *) say python3 ;;
    esac
}

# One command a line, words without blanks: what is printed is what is run.
install_commands() {
    case "$manager" in
        apt-get) say "apt-get update" && say "apt-get install -y $*" ;;
        dnf) say "dnf install -y $*" ;;
        # A fresh image has no package lists yet; elsewhere -y would ask for a partial upgrade.
        pacman) if [ -d /var/lib/pacman/sync ]; then
            say "pacman -S --needed --noconfirm $*"
        else
            say "pacman -Sy --needed --noconfirm $*"
        fi ;;
        zypper) say "zypper --non-interactive install $*" ;;
        apk) say "apk add --update-cache $*" ;;
        xbps-install) say "xbps-install -Sy $*" ;;
        emerge) say "emerge --noreplace $*" ;;
    esac | sed "s/^/${admin:+$admin }/"
}

remove_command() {
    case "$manager" in
        apt-get) say "apt-get remove bubblewrap" ;;
        dnf) say "dnf remove bubblewrap" ;;
        pacman) say "pacman -Rs bubblewrap" ;;
        zypper) say "zypper remove bubblewrap" ;;
        apk) say "apk del bubblewrap" ;;
        xbps-install) say "xbps-remove bubblewrap" ;;
        emerge) say "emerge --depclean sys-apps/bubblewrap" ;;
    esac | sed "s/^/${admin:+$admin }/"
}

show_lines() {
    while IFS= read -r line; do say "    ${dim}\$${plain} $line"; done
}

explain_nixos() {
    die "Missing: $*. On NixOS the configuration says what is installed." \
        "Add to /etc/nixos/configuration.nix:" \
        "    environment.systemPackages = with pkgs; [ bubblewrap slirp4netns python3 ];" \
        "then run: nixos-rebuild switch   (or, to try it now: nix-shell -p bubblewrap slirp4netns python3)" \
        "and start ./install.sh again."
}

may_run() {
    if [ "$yes" = yes ] || [ ! -t 0 ]; then return 0; fi
    printf '%s' "  Go ahead? [Y/n] "
    read -r answer || answer=n
    case "$answer" in
        '' | [Yy]*) ;;
        *) die "Nothing was changed." "Install $* yourself, then start ./install.sh again." ;;
    esac
}

run_commands() {
    while IFS= read -r line <&3; do
        # shellcheck disable=SC2086
        if quietly $line; then continue; fi
        # One dead third-party list makes an update fail; the install says whether it mattered.
        case "$line" in *'apt-get update') continue ;; esac
        show_log
        die "This did not work: $line" "The lines above say why. Run it by hand, then start ./install.sh again."
    done 3<"$work/commands"
    hash -r
}

# Say what is missing and which commands bring it, then run them.
provide() {
    if [ "$manager" = nixos ]; then explain_nixos "$@"; fi
    if [ -z "$manager" ]; then
        die "Missing: $*. No package manager that this script knows was found." \
            "Install that by hand, then start ./install.sh again."
    fi
    install_commands "$@" >"$work/commands"
    if [ "$admin_found" = no ]; then
        die "Missing: $*. Neither sudo nor doas is here to install that with." \
            "Ask the administrator of this machine to run, as root:" \
            "$(sed 's/^/    /' "$work/commands")" "then start ./install.sh again."
    fi
    say "Missing: ${bold}$*${plain}. To install it this runs:"
    show_lines <"$work/commands"
    if [ "$dry" = yes ]; then return 0; fi
    may_run "$@"
    say "  ${dim}Working; this can take a minute.${plain}"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    run_commands
}

# ---------------------------------------------------------------------------------- python

# Prints fits, or what keeps this python from serving: old, venv, private.
probe_python() {
    "$1" -I -c '
import importlib.util, os, sys

def open_to_all(path):
    while os.stat(path).st_mode & 0o001:
        if path == "/":
            return True
        path = os.path.dirname(path)
    return False

places = [os.path.realpath(sys.executable), os.path.dirname(os.path.realpath(os.__file__))]
if sys.version_info < (3, 11):
    print("old")
elif sys.argv[1] == "yes" and not all(map(open_to_all, places)):
    print("private")
elif not all(getattr(importlib.util.find_spec(name), "origin", None) for name in ("venv", "ensurepip")):
    print("venv")
else:
    print("fits")
' "$system" 2>/dev/null </dev/null || say absent
}

python_candidates() {
    # For everyone on the machine the distribution's own python goes first: it stays, and users reach it.
    if [ "$system" = yes ]; then say /usr/bin/python3; fi
    say python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3
}

# Sets `python`, or `python_lacks` to the best reason why there is none.
find_python() {
    python='' python_lacks=absent
    for candidate in $(python_candidates); do
        if ! has "$candidate"; then continue; fi
        verdict=$(probe_python "$candidate")
        case "$verdict/$python_lacks" in
            fits/*)
                python=$candidate
                return 0
                ;;
            venv/* | old/absent | old/private | private/absent) python_lacks=$verdict ;;
        esac
    done
    return 1
}

provide_python() {
    if find_python; then return 0; fi
    if [ "$dry" = yes ] && [ "$python_promised" = yes ]; then return 0; fi
    if [ "$packages" = no ]; then
        die "wrapify needs Python 3.11 or newer with its venv module, and none was found." \
            "Install it, or leave out --no-packages."
    fi
    # shellcheck disable=SC2046
    provide $(python_packages "$python_lacks")
    if [ "$dry" = yes ] || find_python; then return 0; fi
    die "wrapify needs Python 3.11 or newer, and this distribution did not bring one." \
        "Install a newer Python (or uv, which brings its own), then start ./install.sh again."
}

# ---------------------------------------------------------------------------------- installing

brings_own_python() {
    if [ "$system" = yes ]; then return 1; fi
    has uv || has pipx
}

provide_sandbox() {
    if has bwrap; then return 0; fi
    if [ "$packages" = no ]; then
        note "bubblewrap (bwrap) is missing: until you install it, wrapify will refuse to run anything."
        return 0
    fi
    wanted="$(sandbox_package) $(network_package)"
    # One call of the package manager for everything, where it can be known beforehand.
    if ! brings_own_python && ! find_python; then
        wanted="$wanted $(python_packages "$python_lacks")"
        python_promised=yes
    fi
    # shellcheck disable=SC2086
    provide $wanted
    if [ "$dry" = yes ] || has bwrap; then return 0; fi
    die "bubblewrap was installed, but there is no bwrap on your PATH." "Look for it, add its directory to PATH."
}

fell_through() {
    note "$1 could not do it ($(last_words)); trying $2."
}

check_works() {
    if [ "$dry" = yes ] || starts "$program"; then return 0; fi
    return 1
}

install_by_uv() {
    if ! has uv; then return 1; fi
    say "Installing wrapify with uv ..."
    program=$(uv tool dir --bin 2>/dev/null </dev/null) || program=''
    program=${program:-$bin}/wrapify
    if act uv tool install --force --reinstall --python '>=3.11' --from "$checkout" wrapify &&
        check_works; then return 0; fi
    if has pipx; then fell_through uv pipx; else fell_through uv "a Python environment of its own"; fi
    return 1
}

install_by_pipx() {
    if ! has pipx; then return 1; fi
    say "Installing wrapify with pipx ..."
    program=$(pipx environment --value PIPX_BIN_DIR 2>/dev/null </dev/null) || program=''
    program=${program:-$bin}/wrapify
    set -- pipx install --force
    if find_python; then set -- "$@" --python "$python"; fi
    if act "$@" "$checkout" && check_works; then return 0; fi
    fell_through pipx "a Python environment of its own"
    return 1
}

link_is_ours() { [ -L "$bin/wrapify" ] && [ "$(readlink "$bin/wrapify")" = "$home/venv/bin/wrapify" ]; }

refuse_foreign_program() {
    if [ ! -e "$bin/wrapify" ] && [ ! -L "$bin/wrapify" ] || link_is_ours; then return 0; fi
    # One that uv or pipx made for an earlier run of this script goes when the new one is ready.
    case "$(recorded route)" in uv | pipx) return 0 ;; esac
    die "$(tidy "$bin/wrapify") exists already and is not from this script." \
        "Move it out of the way, then start ./install.sh again."
}

# The settings of whoever runs this must not send the packages elsewhere.
pip_install() (
    unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
    export PIP_USER PIP_DISABLE_PIP_VERSION_CHECK
    act "$1/bin/python" -m pip install --no-cache-dir "$checkout"
)

# A new environment beside the old one; the old one serves until the new one has proven to start.
install_by_venv() {
    refuse_foreign_program
    provide_python
    say "Installing wrapify into a Python environment of its own ..."
    make_directory "$home"
    make_directory "$bin"
    fresh=$home/venv.XXXXXX
    if [ "$dry" = no ]; then fresh=$(mktemp -d "$fresh") || die "$home cannot be written to."; fi
    half_made=$fresh
    must chmod 755 "$fresh"
    must "${python:-python3}" -m venv "$fresh"
    pip_install "$fresh" || install_failed "pip could not build or install wrapify."
    program=$fresh/bin/wrapify
    check_works || install_failed "The installed wrapify does not start."
    retire_other_route venv
    must ln -sfn "$fresh" "$home/venv"
    must ln -sf "$home/venv/bin/wrapify" "$bin/wrapify"
    half_made=''
    program=$bin/wrapify
    drop_environments "$fresh"
}

install_failed() {
    show_log
    die "$1" "The lines above say why; an earlier installation was left as it was."
}

# Remove every environment of ours but the one given.
drop_environments() {
    for old in "$home"/venv.*; do
        if [ "$old" != "${1:-}" ] && [ -d "$old" ]; then must rm -rf "$old"; fi
    done
}

# An earlier run may have used another way; two copies would shadow each other.
retire_other_route() {
    earlier=$(recorded route)
    if [ -z "$earlier" ] || [ "$earlier" = "$1" ]; then return 0; fi
    remove_route "$earlier"
}

install() {
    find_checkout
    made=$(recorded made)
    made="$made${made:+
}"
    python_promised=no
    provide_sandbox
    if [ "$system" = no ] && install_by_uv; then
        route=uv
    elif [ "$system" = no ] && install_by_pipx; then
        route=pipx
    else
        install_by_venv
        route=venv
    fi
    if [ "$route" != venv ]; then
        retire_other_route "$route"
        make_directory "$home"
    fi
    write_record "$route"
}

where_it_went() {
    case "$route" in
        venv) say "a Python environment of its own in $(tidy "$home/venv")" ;;
        *) say "with $route; your own $route commands see it too" ;;
    esac
}

path_line() {
    case "${SHELL:-}" in
        */fish) say "fish_add_path '$1'" ;;
        *) case "$1" in
            "$HOME"/*) say "export PATH=\"\$HOME${1#"$HOME"}:\$PATH\"" ;;
            *) say "export PATH=\"$1:\$PATH\"" ;;
        esac ;;
    esac
}

rc_name() {
    case "${SHELL:-}" in
        */fish) say "~/.config/fish/config.fish" ;;
        */zsh) say "~/.zshrc" ;;
        */bash) say "~/.bashrc" ;;
        *) say "~/.profile" ;;
    esac
}

advise_path() {
    directory=${program%/wrapify}
    case ":${PATH:-}:" in
        *":$directory:"*) ;;
        *)
            say ""
            note "$(tidy "$directory") is not on your PATH. Add to $(rc_name) and open a new terminal:"
            say "    $(path_line "$directory")"
            return 0
            ;;
    esac
    hash -r
    first=$(command -v wrapify) || first=$program
    if [ "$first" != "$program" ]; then note "Another wrapify comes first on your PATH: $(tidy "$first")"; fi
}

report_install() {
    if [ "$dry" = yes ]; then
        say "" && say "That was a dry run: nothing was changed."
        return 0
    fi
    starts "$program" || die "The installed wrapify does not start." "$(last_words)"
    sandbox=$(command -v bwrap) || sandbox='missing: install bubblewrap'
    good "${bold}$(head -n 1 "$work/version")${plain} is installed."
    say "    program   $(tidy "$program")"
    say "    how       $(where_it_went)"
    say "    sandbox   $sandbox"
    say "    network   $(command -v slirp4netns || command -v pasta || say 'none until you install slirp4netns')"
    if [ "$system" = yes ]; then say "    for       everyone on this machine"; fi
    if [ "$mode" = install ]; then say "    try it    ./install.sh --demo"; fi
    say "    next      ${bold}$(typed_name) setup${plain}   guarded pastes and !!sandbox in your shell; it asks first"
    advise_path
}

# ---------------------------------------------------------------------------------- uninstalling

remove_route() {
    case "$1" in
        uv) remove_by uv uv tool uninstall wrapify ;;
        pipx) remove_by pipx pipx uninstall wrapify ;;
        venv)
            if link_is_ours; then must rm -f "$bin/wrapify"; fi
            if [ -L "$home/venv" ]; then must rm -f "$home/venv"; fi
            drop_environments
            ;;
    esac
}

# A tool that no longer knows wrapify has removed it already.
remove_by() {
    tool=$1
    shift
    if ! has "$tool"; then
        note "$tool is gone; what it installed stays."
    elif ! act "$@"; then
        note "$tool says: $(last_words)"
    fi
}

# What wrapify can make again at any time, and directories in which no run left anything.
remove_traces() {
    if [ -e "$cache" ]; then must rm -rf "$cache"; fi
    for log in "$state/log.jsonl" "$state"/log.jsonl.[123]; do
        if [ -f "$log" ]; then must rm -f "$log"; fi
    done
    remove_if_empty "$state/boxes"
    remove_if_empty "$state"
    if [ "$system" = yes ]; then remove_if_empty /var/lib/wrapify; fi
}

# Others may have moved in, or things are kept there.
remove_if_empty() {
    if [ -d "$1" ]; then act rmdir "$1" || true; fi
}

remove_record() {
    recorded made >"$work/made"
    must rm -f "$record"
    while IFS= read -r directory <&3; do
        remove_if_empty "$directory"
    done 3<"$work/made"
}

# What `wrapify setup` wrote into start-up files; where none is, it says so and changes nothing.
remove_from_shells() {
    program=$(recorded program)
    if ! starts "$program"; then return 0; fi
    if act "$program" setup --uninstall --yes; then return 0; fi
    note "$(tidy "$program") setup --uninstall says: $(last_words)"
}

uninstall() {
    route=$(recorded route)
    if [ -z "$route" ]; then
        say "Nothing that this script installed was found."
        if [ "$system" = no ] && [ -e /opt/wrapify/install-record ]; then
            say "There is one for everyone in /opt/wrapify. To remove that, run: ${admin:-su -c}${admin:+ }./install.sh --uninstall"
        fi
        return 0
    fi
    remove_from_shells
    remove_route "$route"
    remove_traces
    remove_record
    if [ "$dry" = yes ]; then
        say "" && say "That was a dry run: nothing was changed."
        return 0
    fi
    good "wrapify was removed."
    report_left_behind
}

report_left_behind() {
    if [ "$system" = yes ]; then
        say "    kept      everyone's boxes, in their ~/.local/state/wrapify"
        if [ -d "$state" ]; then say "    kept      what runs that root started left, in $state"; fi
    elif [ -d "$state" ]; then
        say "    kept      your boxes, in $(tidy "$state")"
    fi
    if has bwrap; then
        removal=$(remove_command)
        say "    kept      bubblewrap${removal:+; to remove it: $removal}"
    fi
    if has slirp4netns; then say "    kept      slirp4netns, which other programs may use too"; fi
    for rc in "$HOME/.bashrc" "$HOME/.profile" "$HOME/.zshrc" "$HOME/.config/fish/config.fish"; do
        if grep -q 'wrapify init' "$rc" 2>/dev/null; then
            note "$(tidy "$rc") still starts wrapify: delete its lines there."
        fi
    done
}

# ---------------------------------------------------------------------------------- the demo

demo_script() {
    cat <<'EOF'
#!/bin/sh
# The kind of installer that people pipe into a shell.
set -eu
echo "hello-demo 1.0, friendly installer"
echo "I am $(id)"
echo "in $(pwd)"
mkdir -p "$HOME/.local/bin"
printf '#!/bin/sh\necho "hello from hello-demo"\n' >"$HOME/.local/bin/hello-demo"
chmod 755 "$HOME/.local/bin/hello-demo"
echo "made ~/.local/bin/hello-demo; it says: $("$HOME/.local/bin/hello-demo")"
printf '\nexport HELLO_DEMO=1\n' >>"$HOME/.bashrc"
echo "added to ~/.bashrc: $(tail -n 1 "$HOME/.bashrc")"
got=0
for key in "$HOME"/.ssh/id_*; do
    if cat "$key" >/dev/null 2>&1; then got=$((got + 1)); fi
done
echo "ssh keys that I could read: $got"
echo "hello-demo is installed. Bye!"
EOF
}

# `sudo ./install.sh --demo` shows it to the person, not to root.
choose_person() {
    person='' person_home=$HOME
    if [ "$system" = no ]; then return 0; fi
    if [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] && has sudo; then person="sudo -H -u $SUDO_USER --"; fi
    if [ -n "${DOAS_USER:-}" ] && [ "$DOAS_USER" != root ] && has doas; then person="doas -u $DOAS_USER --"; fi
    # shellcheck disable=SC2016
    if [ -n "$person" ]; then person_home=$(as_person sh -c 'cd && pwd'); fi
}

# shellcheck disable=SC2086
as_person() { $person "$@"; }

# Names, kinds, modes, sizes, times and contents of a file, or of a directory and what lies in it.
listing() (
    cd "$person_home" || exit 1
    for path in "$1" "$1"/* "$1"/.[!.]*; do
        if [ ! -e "$path" ] && [ ! -L "$path" ]; then continue; fi
        stat -c '%n %F %a %s %Y %Z' "$path"
        # Keys are nobody's business, this script's neither.
        if [ "$1" != .ssh ] && [ -f "$path" ]; then cksum "$path"; fi
    done
)

key_count() {
    count=0
    for key in "$person_home"/.ssh/id_*; do
        if [ -f "$key" ]; then count=$((count + 1)); fi
    done
    say "$count"
}

# $1 name, $2 before, $3 after, $4 words when all is well
compare() {
    if [ "$2" = "$3" ]; then
        good "$(printf '%-27s' "$1") $4"
    else
        bad "$(printf '%-27s' "$1") ${red}changed${plain}"
        damage=yes
    fi
}

installed_program() {
    for candidate in "$(recorded program)" "$bin/wrapify" "$(command -v wrapify)" /usr/local/bin/wrapify; do
        if [ -x "$candidate" ] && starts "$candidate"; then
            say "$candidate"
            return 0
        fi
    done
    return 1
}

run_demo_script() {
    ended=no
    status=0
    cd "$person_home" || die "$person_home cannot be entered."
    printf '%s\n' "$(demo_script)" | as_person "$program" sh >"$work/out" 2>&1 || status=$?
    if [ "$status" = 0 ] && grep -q '^hello-demo is installed' "$work/out"; then ended=yes; fi
    fold -s -w $((width - 4)) "$work/out" | head -n 16 | sed "s/ *\$//; s/^/  ${dim}|${plain} /"
}

report_outside() {
    damage=no
    compare "~/.bashrc" "$bashrc_before" "$(listing .bashrc)" "$bashrc_words"
    compare "~/.local/bin" "$bin_before" "$(listing .local/bin)" "unchanged: $hello_words"
    compare "~/.ssh" "$ssh_before" "$(listing .ssh)" "unchanged: $keys_words"
    if [ "$damage" = yes ]; then
        die "Something outside the sandbox changed while the script ran." \
            "If no other program of yours did it, this is a bug: please report it with the lines above."
    fi
    if [ "$ended" = no ]; then
        die "The script did not run to its end (exit status $status), but nothing outside changed." \
            "The lines above say why."
    fi
    if ! grep -q '^ssh keys that I could read: 0$' "$work/out"; then
        die "Nothing changed, but the script could read an ssh key." "This is a bug: please report it."
    fi
}

box_list() { (cd "$person_home" && as_person "$program" box list) 2>/dev/null </dev/null || true; }

look_before() {
    boxes_before=$(box_list)
    bashrc_before=$(listing .bashrc) bin_before=$(listing .local/bin) ssh_before=$(listing .ssh)
    bashrc_words='unchanged, byte for byte' hello_words='hello-demo does not exist'
    if [ -z "$bashrc_before" ]; then bashrc_words='still does not exist'; fi
    if [ -e "$person_home/.local/bin/hello-demo" ]; then hello_words='your own hello-demo is as it was'; fi
    keys=$(key_count)
    keys_words="your keys ($keys) stayed out of reach"
    if [ "$keys" = 0 ]; then keys_words='you have no keys there'; fi
}

show_demo_command() { say "    ${dim}\$${plain} printf '%s' \"\$script\" | wrapify sh"; }

# What to type for wrapify in this terminal.
typed_name() {
    if [ "$(command -v wrapify)" = "$program" ]; then say wrapify; else tidy "$program"; fi
}

demo() {
    if [ "$dry" = yes ]; then
        say "Would run a script that meddles with your home inside wrapify, and compare before and after:"
        show_demo_command
        return 0
    fi
    look_before
    title "An installer from the net wants to change your home. You run it like this:"
    show_demo_command
    run_demo_script
    say ""
    title "Outside, on your machine:"
    report_outside
    say ""
    if [ "$(box_list)" = "$boxes_before" ]; then
        say "What it wrote is gone: nothing of it was kept."
    else
        say "What it wrote is kept in a box. To see it:  ${bold}$(typed_name) box list${plain}"
    fi
}

install_and_demo() {
    choose_person
    if program=$(installed_program) && has bwrap; then
        demo
        return 0
    fi
    install
    report_install
    say ""
    demo
}

# ---------------------------------------------------------------------------------- main

read_arguments() {
    mode=install yes=no dry=no packages=yes
    for argument in "$@"; do
        case "$argument" in
            --demo | --uninstall) mode=${argument#--} ;;
            -y | --yes) yes=yes ;;
            --dry-run) dry=yes ;;
            --no-packages) packages=no ;;
            -h | --help) mode=help ;;
            *)
                printf '%s\n' "install.sh: unknown option: $argument" "Try: ./install.sh --help" >&2
                exit 2
                ;;
        esac
    done
}

main() {
    set -eu
    choose_looks
    read_arguments "$@"
    if [ "$mode" = help ]; then
        usage
        return 0
    fi
    if [ "$(uname -s)" != Linux ]; then die "wrapify works on Linux only."; fi
    prepare
    choose_places
    find_manager
    find_admin
    case "$mode" in
        # No && here: it would switch `set -e` off for all that these call.
        install)
            install
            report_install
            ;;
        uninstall) uninstall ;;
        demo) install_and_demo ;;
    esac
}

main "$@"
