"""Pure. What programs do with their words: the ones that run another, that read code, that fetch, that only filter."""

from __future__ import annotations

RIGHTS = frozenset("sudo doas su pkexec run0 gksudo kdesudo gksu kdesu sudoedit please sudo-rs dzdo".split())
"""Programs that give another command the rights of root."""

# What runs the command behind its own options, with the options that take a value as the next word. "1": words that
# stand before the command (timeout's duration).
WRAPPERS = {
    "sudo": "-u -g -h -p -C -D -R -r -t -T -U --user --group --host --prompt --chdir --chroot --close-from",
    "doas": "-u -C",
    "pkexec": "--user",
    "run0": "-u --user -g --group --unit --slice --property -D --chdir --setenv --background --description",
    "dzdo": "-u -g",
    "please": "-u",
    "sudo-rs": "-u -g",
    "gksudo": "-u",
    "kdesudo": "-u",
    "env": "-u --unset -C --chdir",
    "command": "",
    "builtin": "",
    "exec": "-a",
    "nohup": "",
    "setsid": "",
    "time": "-f -o",
    "nice": "-n --adjustment",
    "ionice": "-c -n -p --class --classdata",
    "chrt": "1",
    "taskset": "1",
    "stdbuf": "-i -o -e --input --output --error",
    "unbuffer": "",
    "timeout": "1 -s -k --signal --kill-after",
    "xargs": "-a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-procs --max-lines --replace",
    "parallel": "-j -a -I --jobs --arg-file --delay --joblog",
    "busybox": "",
    "toybox": "",
    "noglob": "",
    "nocorrect": "",
    "-": "",
    "watch": "-n --interval",
    "strace": "-e -o -s -p -P -u",
    "ltrace": "-e -o -s -p -u",
    "flock": "1 -w -E --timeout",
    "systemd-run": "-u -p -E --unit --property --setenv --slice --on-calendar --on-active --description -M",
    "systemd-inhibit": "--what --who --why --mode",
    "chroot": "1 --userspec --groups",
    "nsenter": "-t --target -S -G",
    "setpriv": "--reuid --regid --groups --inh-caps --bounding-set",
    "runuser": "-u -g -G",
    "setarch": "1",
    "proot": "-r -b -w -q",
    "fakeroot": "-s -i -l",
    "firejail": "",
    "bwrap": "",
    "cpulimit": "-l -p -e",
    "prlimit": "",
    "numactl": "",
    "dbus-run-session": "",
    "dbus-launch": "",
    "xvfb-run": "-n -s --server-args",
    "eatmydata": "",
    "torsocks": "",
    "torify": "",
    "proxychains": "-f",
    "proxychains4": "-f",
    "tsocks": "",
    "caffeinate": "",
    "catchsegv": "",
    "valgrind": "",
    "ld-linux-x86-64.so.2": "--library-path --preload --argv0",
    "ld-linux.so.2": "--library-path --preload",
    "ld-linux-aarch64.so.1": "--library-path --preload",
    "sem": "-j",
    "winpty": "",
    "wsl": "-d -u",
    "dtach": "1",
    "flatpak-spawn": "",
    "ssh-agent": "-a -t",
    "chronic": "",
    "ts": "",
    "tsp": "",
    "entr": "",
    "screen": "-S -c -t -T -h -p -e",
    "xterm": "-T -geometry -fa -fs",
    "x-terminal-emulator": "",
    "gnome-terminal": "--title --geometry",
    "konsole": "--workdir",
    "alacritty": "-t --title --working-directory",
    "kitty": "-T --title -d",
    "foot": "",
    "xfce4-terminal": "-T --title",
    "terminator": "",
    "daemonize": "-c -e -o -p -u",
    "start-stop-daemon": "-u -g -p -n -c --chuid --pidfile --name",
    "cgexec": "-g",
    "choom": "-n -p",
    "uclampset": "-m -M",
    "rlwrap": "",
    "faketime": "1",
    "unshare": "",
    "hyperfine": "-w -r",
}

RUNNERS = {
    **dict.fromkeys(
        "uv poetry pipenv pdm hatch rye conda mamba micromamba cargo toolbox zellij op dotenv".split(), "run"
    ),
    **dict.fromkeys("bundle direnv mise asdf pyenv rbenv nodenv rtx npm pnpm yarn aws-vault".split(), "exec x"),
    "guix": "shell",
    "distrobox": "enter",
    "machinectl": "shell",
    "sops": "exec-env",
}
"""Programs that run the command behind one of these words, and behind its options and names."""

SHELLS = frozenset(
    "sh bash dash zsh ksh mksh ash fish rbash csh tcsh ksh93 lksh yash oksh bash5 posh busybox-sh nu xonsh"
    " elvish".split()
)
"""Programs that read shell code: from -c, a file or standard input."""

# What runs code of a language: the options that take code, and those that take another value.
LANGUAGES = {
    "python": ("-c", "-m -W -X"),
    "perl": ("-e -E -n -p", "-M -m -I -F"),
    "ruby": ("-e", "-r -I"),
    "node": ("-e -p --eval --print", "-r --require"),
    "deno": ("", ""),
    "bun": ("-e", ""),
    "php": ("-r -B -R -E", "-d -c -f"),
    "lua": ("-e", "-l"),
    "luajit": ("-e", "-l"),
    "tclsh": ("", ""),
    "expect": ("-c", ""),
    "osascript": ("-e", "-l"),
    "pwsh": ("-c -command -Command -EncodedCommand -enc -e", ""),
    "powershell": ("-c -command -Command -EncodedCommand -enc -e", ""),
    "Rscript": ("-e", ""),
    "R": ("-e", ""),
    "julia": ("-e -E", ""),
    "groovy": ("-e", ""),
    "scala": ("-e", ""),
    "jshell": ("", ""),
    "guile": ("-c -e", ""),
    "emacs": ("--eval -eval", ""),
    "gdb": ("-ex", ""),
    "jjs": ("", ""),
    "jrunscript": ("-e", ""),
    "awk": ("", ""),
    "qjs": ("-e", ""),
}

VERSIONED = ("python", "perl", "ruby", "php", "lua", "node", "pwsh", "tclsh", "pypy", "guile", "bash", "ksh")
"""Names that come with a version behind them: python3.11, php8."""
SAME_AS = {
    "pypy": "python",
    "gawk": "awk",
    "mawk": "awk",
    "nawk": "awk",
    "nodejs": "node",
    "irb": "ruby",
    "ncat": "nc",
    "netcat": "nc",
    "nc.openbsd": "nc",
    "nc.traditional": "nc",
    "gsed": "sed",
    "ghead": "head",
    "gbase64": "base64",
    "wget2": "wget",
    "http": "httpie",
    "https": "httpie",
    "xh": "httpie",
    "bzcat": "bunzip2",
    "xzcat": "unxz",
    "gzcat": "zcat",
    "rbash": "bash",
    "powershell.exe": "powershell",
    "pwsh.exe": "powershell",
    "bash.exe": "bash",
    "php-cgi": "php",
}

FETCHERS = frozenset(
    "curl wget httpie fetch aria2c axel lynx w3m links elinks ftp tftp lftp nc socat telnet dig nslookup host drill"
    " ssh scp sftp rsync gsutil gh glab curlie hurl nscurl aws gcloud az s3cmd mc ipfs torify-curl you-get"
    " smbclient rclone".split()
)
"""Programs whose output comes from the network."""

FILTERS = frozenset(
    "cat tac rev tr sed awk grep egrep fgrep rg head tail cut sort uniq tee nl fold fmt iconv pv jq yq column paste"
    " strings dos2unix unix2dos expand unexpand colrm perl ruby python gunzip zcat gzip bunzip2 bzip2 unxz xz zstd"
    " zstdcat lz4 lzma unlzma brotli base64 base32 xxd hexdump od uudecode openssl gpg gpg2 age tar unzip funzip bsdtar"
    " cpio b64encode b64decode dd split buffer mbuffer sponge ts less more xmllint htmlq pup html2text lolcat"
    " envsubst m4 cpp nkf printf"
    " basenc basez qprint recode shuf numfmt cmp comm join pr sum wc".split()
)
"""Programs that pass on what they read, changed or not."""
DECODERS = frozenset(
    "gunzip zcat bunzip2 unxz zstdcat unlzma funzip uudecode base64 base32 basenc openssl gpg gpg2 age xxd unzip tar"
    " gzip xz bzip2 zstd lzma rev tr lz4 brotli".split()
)
"""Those of them that may turn what nobody can read into code."""

NOTABLE = frozenset(
    (*RIGHTS, *SHELLS, *FETCHERS, *LANGUAGES, *"rm dd mkfs cat chmod chown crontab eval base64 id ls".split())
)
"""Names that a wildcard in a command's name is compared with."""


def canonical(name: str) -> str:
    """Give the plain name of a program: without its directory and its version, and one of several equal names."""
    name = (name.rpartition("/")[2] if "/" in name else name).removeprefix("=").strip("'\"")  # zsh: =sudo is its path
    if name in SAME_AS:
        return SAME_AS[name]
    for known in VERSIONED:
        if name.startswith(known) and name[len(known) :].replace(".", "").replace("-", "").isdigit():
            return SAME_AS.get(known, known)
    return name
