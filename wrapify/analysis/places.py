"""Pure. Files that mean something: what runs by itself, what holds secrets.

Paths are compared as written, with `~` for the home. A name that ends in `/` means everything below it.
"""

from __future__ import annotations

START_UP = {
    "~/.bashrc": "runs in every new shell",
    "~/.bash_profile": "runs at every login",
    "~/.bash_login": "runs at every login",
    "~/.bash_logout": "runs at every logout",
    "~/.bash_aliases": "runs in every new shell",
    "~/.profile": "runs at every login",
    "~/.zshrc": "runs in every new shell",
    "~/.zshenv": "runs in every shell and script",
    "~/.zprofile": "runs at every login",
    "~/.zlogin": "runs at every login",
    "~/.kshrc": "runs in every new shell",
    "~/.shrc": "runs in every new shell",
    "~/.cshrc": "runs in every new shell",
    "~/.tcshrc": "runs in every new shell",
    "~/.config/fish/": "runs in every new shell",
    "~/.config/autostart/": "starts with the desktop",
    "~/.config/systemd/": "is started by systemd",
    "~/.local/share/systemd/": "is started by systemd",
    "~/.config/environment.d/": "sets variables for everything",
    "~/.ssh/authorized_keys": "lets others log in",
    "~/.ssh/config": "decides where ssh connects to, and may run commands",
    "~/.ssh/rc": "runs at every login by ssh",
    "~/.pam_environment": "sets variables at login",
    "~/.xinitrc": "starts with the desktop",
    "~/.xprofile": "starts with the desktop",
    "~/.xsession": "starts with the desktop",
    "~/.xsessionrc": "starts with the desktop",
    "~/.vimrc": "runs in every editor",
    "~/.gdbinit": "runs in every debugger",
    "~/.pythonrc": "runs in every Python",
    "~/.gitconfig": "may run commands with git",
    "~/.config/git/": "may run commands with git",
    "~/.npmrc": "decides where packages come from",
    "~/.config/pip/": "decides where packages come from",
    "~/Library/LaunchAgents/": "starts at login",
    "/Library/LaunchDaemons/": "starts with the machine",
    "/Library/LaunchAgents/": "starts at login",
    "/etc/profile": "runs at every login",
    "/etc/profile.d/": "runs at every login",
    "/etc/bash.bashrc": "runs in every new shell",
    "/etc/bashrc": "runs in every new shell",
    "/etc/zsh/": "runs in every new shell",
    "/etc/environment": "sets variables for everybody",
    "/etc/crontab": "runs again and again",
    "/etc/cron.": "runs again and again",
    "/etc/anacrontab": "runs again and again",
    "/var/spool/cron/": "runs again and again",
    "/etc/rc.local": "runs at every start",
    "/etc/rc.common": "runs at every start",
    "/etc/rc.d/": "runs at every start",
    "/etc/init.d/": "runs at every start",
    "/etc/inittab": "runs at every start",
    "/etc/init/": "runs at every start",
    "/etc/systemd/": "is started by systemd",
    "/lib/systemd/": "is started by systemd",
    "/usr/lib/systemd/": "is started by systemd",
    "/run/systemd/system/": "is started by systemd",
    "/etc/udev/rules.d/": "runs when hardware appears",
    "/etc/update-motd.d/": "runs at every login",
    "/etc/ld.so.preload": "is loaded into every program",
    "/etc/ld.so.conf": "decides which libraries are loaded",
    "/etc/pam.d/": "decides who may log in",
    "/lib/security/": "decides who may log in",
    "/etc/sudoers": "decides who may become root",
    "/etc/sudoers.d/": "decides who may become root",
    "/etc/doas.conf": "decides who may become root",
    "/etc/passwd": "decides who exists",
    "/etc/shadow": "decides who may log in",
    "/etc/ssh/sshd_config": "decides who may log in",
    "/etc/xdg/autostart/": "starts with the desktop",
    "/etc/modules": "is loaded into the kernel",
    "/etc/modules-load.d/": "is loaded into the kernel",
    "/etc/modprobe.d/": "may run commands with the kernel",
    "/etc/emond.d/": "runs when something happens",
    "/etc/periodic/": "runs again and again",
    "/etc/apt/apt.conf.d/": "may run commands with apt",
    "/etc/audit/": "decides what is recorded",
    "/etc/audisp/": "decides what is recorded",
    "/etc/auditd.conf": "decides what is recorded",
    "/etc/security/": "decides what is recorded and allowed",
    "/etc/rsyslog": "decides what is recorded",
    "/etc/syslog": "decides what is recorded",
    "/etc/ufw/": "decides what the firewall lets in",
    "/etc/default/ufw": "decides what the firewall lets in",
    "/etc/hosts": "decides where names lead",
    "/etc/resolv.conf": "decides where names lead",
}
"""What runs by itself or decides what runs."""

TAILS = {
    ".git/hooks/": "runs with git",
    "/authorized_keys": "lets others log in",
    "usercustomize.py": "runs in every Python",
    "sitecustomize.py": "runs in every Python",
    ".pth": "runs in every Python",
    "/.bashrc": "runs in every new shell",
    "/.zshrc": "runs in every new shell",
    "/.profile": "runs at every login",
    "/.bash_profile": "runs at every login",
}
"""The same, wherever it lies."""

SECRET = (
    "~/.ssh/id_ ~/.ssh/identity ~/.gnupg ~/.aws/credentials ~/.aws/config ~/.kube/config"
    " ~/.docker/config.json ~/.netrc ~/.npmrc ~/.pypirc ~/.pgpass ~/.my.cnf ~/.git-credentials"
    " ~/.config/gh/hosts.yml ~/.config/gcloud ~/.azure ~/.password-store ~/.local/share/keyrings"
    " ~/.config/google-chrome ~/.config/chromium ~/.mozilla ~/.config/BraveSoftware ~/.thunderbird ~/.bitcoin"
    " ~/.ethereum ~/.electrum ~/.config/Signal ~/.bash_history ~/.zsh_history ~/.local/share/fish/fish_history"
    " ~/.vault-token ~/.terraform.d/credentials ~/.cargo/credentials ~/.config/hub ~/.history ~/.oci ~/.s3cfg"
    " ~/.boto ~/.config/rclone ~/.config/op ~/.config/filezilla ~/.purple ~/Library/Keychains"
    " ~/Library/Cookies ~/.config/solana ~/.wallet /etc/shadow /etc/gshadow /etc/master.passwd /etc/sudoers"
    " /etc/ssh/ssh_host_ /root/.ssh /proc/self/environ /var/lib/sss /etc/krb5.keytab /run/secrets"
    " /var/run/secrets"
).split()
SECRET_NAMES = (
    "id_rsa id_ed25519 id_ecdsa id_dsa .env .netrc .pgpass .git-credentials wallet.dat credentials.json"
    " logins.json key4.db key3.db cookies.sqlite .aws/credentials .docker/config.json .kube/config shadow.bak"
    " login.keychain keychain-db .bash_history .zsh_history .vault-token secrets.yml secrets.yaml .htpasswd"
).split()
STORES = ("~/.ssh", "~/.aws", "~/.gnupg", "~/.kube", "~/.mozilla", "~/.password-store")
"""Directories that hold little else than secrets."""


ON_PATH = "$PATH/"
"""Stands for the directories of programs in the names of files."""
DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")


def clean(path: str) -> str:
    """Give a path as the files a text wrote are known by. Those of open descriptors are `&` and their number."""
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    for place in DESCRIPTORS:
        if path.startswith(place):
            return "&" + path[len(place) :]
    return _resolved(path) if "//" in path or "/." in path else path


HOMES = ("$HOME", "${HOME}", "/root")
EVERYTHING = frozenset(
    "/ ~ /home /etc /usr /var /boot /bin /lib /lib64 /sbin /root /opt /dev /proc /sys /Users /System /Applications"
    " /usr/bin /usr/lib /usr/local /srv".split()
)
"""Directories that hold the system, or everything of somebody."""
WILD = frozenset("*?[")


def normal(path: str) -> str:
    """Give a path with `~` for the home in all its spellings, without doubled slashes, and without `.` and `..`."""
    for home in HOMES:
        if path == home or path.startswith(f"{home}/"):
            path = "~" + path[len(home) :]
    if path[:1] == "~" and path[1:2] not in ("", "/", "+", "-"):
        path = "~" + path[len(path.partition("/")[0]) :]  # somebody's home
    for homes in ("/home/", "/Users/"):
        if path.startswith(homes) and path.count("/") > 2 and path.split("/", 3)[3]:
            path = "~/" + path.split("/", 3)[3]
    return _resolved(path) if "//" in path or "/." in path else path


def _resolved(path: str) -> str:
    """Take `.`, `..` and empty pieces out of a path. A slash at the end stays."""
    pieces: list[str] = []
    for piece in path.split("/"):
        if piece == ".." and pieces and pieces[-1] not in ("..", "~"):
            pieces.pop()
        elif piece == ".." and pieces == ["~"]:
            pieces = ["", "home"]
        elif piece not in ("", ".") and not (piece == ".." and path[:1] == "/"):
            pieces.append(piece)
    whole = "/".join(pieces)
    whole = whole if whole[:1] == "/" or path[:1] != "/" else f"/{whole}"
    return f"{whole}/" if path.endswith("/") and whole not in ("/", "") else whole or "."


def is_everything(path: str) -> bool:
    """Tell whether a path means the whole system or home: also as everything in it, by wildcards."""
    name = normal(path)
    parent, slash, last = name.rstrip("/").rpartition("/")
    if slash and not WILD.isdisjoint(last) and _matches_most(last):
        name = parent or "/"
    return bool(name) and (name.rstrip("/") or "/") in EVERYTHING


def _matches_most(pattern: str) -> bool:
    """Tell whether a pattern names no letter that a name must have: `*`, `.*`, `?*`, `[a-z]*`, `.[a-z]*`."""
    letters, inside = "", False
    for char in pattern:
        inside = char == "[" or (inside and char != "]")
        letters += char if not inside and char not in "*?]" else ""
    return letters in ("", ".")


def start_up(path: str) -> str:
    """Say what a file that runs by itself does, "" if it is none. A pattern counts as what it may match."""
    name = normal(path)
    if "/completions/" in name or name.endswith((".bak", ".orig", ".backup", ".old")):
        return ""
    for place, reason in START_UP.items():
        if name == place or (place[-1] in "/.g" and place != "/etc/ld.so.conf" and name.startswith(place)):
            return reason
    if not WILD.isdisjoint(name):
        return _matched(name)
    if name.startswith((".bashrc", ".zshrc", ".profile", ".bash_profile")) and "/" not in name:
        return "runs in every new shell"
    return next(
        (reason for tail, reason in TAILS.items() if tail in name and (tail[-1] == "/" or name.endswith(tail))), ""
    )


def _matched(pattern: str) -> str:
    """Say what the file does that a shell would find for a pattern: `~/.bash?c`."""
    from fnmatch import fnmatchcase

    if len(pattern) > 64 or pattern.count("*") > 2:
        return ""
    return next((reason for place, reason in START_UP.items() if fnmatchcase(place, pattern)), "")


def is_secret(path: str) -> bool:
    """Tell whether a file holds a secret, by its name. Public halves of keys do not."""
    name = normal(path)
    if not name or name.endswith((".pub", ".example", ".sample", ".template", ".dist")) or "known_hosts" in name:
        return False
    if any(name.startswith(place) for place in SECRET):
        return True
    last = name.rpartition("/")[2]
    return any(name == one or name.endswith(f"/{one}") or last == one for one in SECRET_NAMES)
