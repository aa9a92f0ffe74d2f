"""The data files of the policy: what is hidden, what is shown, what passes."""

from __future__ import annotations

import posixpath
import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import wrapify

POLICY = Path(wrapify.__file__).parent / "policy"
PROFILES = ("offline", "online", "sealed")
LONGEST_REASON = 90

VISIBLE_AT_HOME = """
    . .config .local .local/share .local/state .local/bin .cache .bashrc .bash_profile .profile .zshrc .zshenv
    .gitconfig .config/git/config .config/fish .config/nvim .config/systemd/user .cargo .cargo/bin .cargo/config.toml
    .rustup .nvm .npm .pyenv .m2/repository .gradle/caches .docker/cli-plugins .pulumi/bin .fly/bin .acme.sh
    .acme.sh/acme.sh .oh-my-zsh .deno .bun .sdkman go bin Documents Downloads src .ollama/models
    .cache/huggingface/hub .foundry/bin .vscode/extensions .emacs.d .vim .vimrc .tmux.conf .railway/bin .rd/bin
    .supabase .cache/pip .local/share/applications .local/share/fish .config/zsh .ipython .jupyter
    .terraform.d/plugins .config/solana/install
""".split()

HIDDEN_AT_HOME = """
    .ssh/id_ed25519 .gnupg/S.gpg-agent .aws/credentials .kube/config .docker/config.json .docker/run/docker.sock
    .netrc .npmrc .pypirc .pgpass .git-credentials .config/gh/hosts.yml .cargo/credentials.toml
    .m2/settings-security.xml .mozilla/firefox/x/cookies.sqlite .config/google-chrome/Default/Cookies
    .var/app/org.mozilla.firefox snap/firefox .local/share/keyrings/login.keyring .password-store/x.gpg .thunderbird
    .config/Signal/config.json .bitcoin/wallet.dat .electrum/wallets .bash_history .zsh_history
    .local/share/fish/fish_history .local/share/fish/work_history .psql_history .viminfo .claude/.credentials.json
    .claude.json .codex/auth.json .Xauthority passwords.kdbx .local/share/Trash/files .cache/thumbnails
    .acme.sh/example.org_ecc .config/solana/id.json .lesshst .vault-token
""".split()

HIDDEN_IN_CWD = """
    .env .env.local .env.production prod.env .envrc server.pem tls.key id_rsa id_ed25519_work terraform.tfstate
    terraform.tfstate.backup prod.tfvars secrets.yml secrets.yaml credentials.json service-account-prod.json
    wp-config.php api/.env packages/api/.env .npmrc .docker/config.json .vault_pass.txt kubeconfig.yaml
""".split()

VISIBLE_IN_CWD = """
    . .git .git/config .gitignore .github README.md Makefile package.json pyproject.toml src src/environment .config
    .docker .cargo/config.toml .vscode/settings.json .envoy keys environment wp-config-sample.php .env.example
    .env.sample .env.template .env.dist id_ed25519.pub packages/api
""".split()

NEVER_SHOWN = """
    /etc /etc/shadow /etc/gshadow /etc/sudoers /etc/sudoers.d /etc/ssh /etc/ssl /etc/ssl/private /etc/pki /etc/pki/tls
    /etc/pki/tls/private /etc/pki/entitlement /etc/machine-id /etc/hostname /etc/security /etc/pam.d /etc/polkit-1
    /etc/apt /etc/yum.repos.d /etc/npmrc /etc/pip.conf /etc/wgetrc /etc/environment /etc/nix /etc/ld.so.preload
    /etc/NetworkManager /etc/wpa_supplicant /etc/wireguard /etc/openvpn /etc/docker /etc/kubernetes /etc/cron.d
    /etc/systemd /etc/wrapify /home /root /boot /srv /mnt /media /tmp /var /var/lib /var/log /var/mail /var/spool
    /var/run /var/cache /var/tmp /var/lib/docker /var/lib/postgresql /run /run/user /run/docker.sock /run/wrappers
    /nix/var /nix/var/nix /nix/var/nix/daemon-socket /gnu /sys /sys/fs /sys/kernel /sys/class /sys/devices
    /sys/devices/virtual /sys/devices/system /dev /proc / /home/linuxbrew /home/linuxbrew/.linuxbrew
    /home/linuxbrew/.linuxbrew/var
""".split()

NEVER_PASSED = """
    LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV PROMPT_COMMAND PS1 PS4 SHELLOPTS BASHOPTS IFS CDPATH PYTHONPATH
    PYTHONSTARTUP PYTHONHOME NODE_OPTIONS NODE_PATH PERL5LIB PERL5OPT RUBYOPT RUBYLIB JAVA_TOOL_OPTIONS _JAVA_OPTIONS
    CLASSPATH LESSOPEN LESSCLOSE MAKEFLAGS GCONV_PATH GTK_MODULES QT_PLUGIN_PATH DISPLAY WAYLAND_DISPLAY XAUTHORITY
    XDG_RUNTIME_DIR GPG_AGENT_INFO SSH_CONNECTION SSH_CLIENT SSH_ASKPASS SUDO_ASKPASS DOCKER_HOST TMUX STY NVIM
    WSL_INTEROP HOSTNAME MAIL KRB5CCNAME KUBECONFIG TMPDIR PWD OLDPWD PGSERVICEFILE DATABASE_URL
""".split()

SUSPICIOUS = re.compile(
    r"TOKEN|SECRET|PASS|CREDENTIAL|KEY|AUTH|SOCK|PROXY|PRELOAD|_URL$|^(LD|GIT|DBUS|AWS|AZURE|SSH|BASH_FUNC)_"
)


def read(name: str) -> dict[str, dict[str, str]]:
    # tomllib refuses a key that stands twice, so a duplicate fails here.
    return tomllib.loads((POLICY / name).read_text("utf-8"))


SECRETS = read("secrets.toml")
SYSTEM = read("profiles/system.toml")
TABLES = [pytest.param(table, id=name) for name, table in (SECRETS | SYSTEM).items()]
PLACES = ("home", "cwd")


def covers(entry: str, path: str) -> bool:
    """Tell whether `entry` hides or shows `path`: it is `path` or a directory above it."""
    parts, wanted = entry.split("/"), path.split("/")
    return len(parts) <= len(wanted) and all(fnmatchcase(name, part) for part, name in zip(parts, wanted, strict=False))


def hidden(place: str, path: str) -> bool:
    if place == "cwd" and any(fnmatchcase(posixpath.basename(path), name) for name in SECRETS["cwd-keep"]):
        return False
    return any(covers(entry, path) for entry in SECRETS[place])


def nested(entries: dict[str, str]) -> list[tuple[str, str]]:
    return [(outer, inner) for outer in entries for inner in entries if outer != inner and covers(outer, inner)]


def test_the_tables_are_the_known_ones():
    assert set(SECRETS) == {"home", "cwd", "cwd-keep"}
    assert set(SYSTEM) == {"read-only", "start-up", "tools", "environment"}


@pytest.mark.parametrize("table", TABLES)
def test_every_entry_has_one_short_reason(table: dict[str, str]):
    bad = {key: why for key, why in table.items() if not why or why != why.strip()}
    assert not bad
    assert not {key: why for key, why in table.items() if len(why) > LONGEST_REASON or not why.isprintable()}


@pytest.mark.parametrize("name", ["secrets.toml", "profiles/system.toml"])
def test_every_entry_is_one_line(name: str):
    entry = re.compile(r'"[^"\\]+" = "[^"\\]+"')
    lines = [line for line in (POLICY / name).read_text("utf-8").splitlines() if line and line[0] not in "#["]
    assert [line for line in lines if not entry.fullmatch(line)] == []
    assert len(lines) == sum(map(len, read(name).values()))


def test_the_list_of_secrets_is_long():
    assert len(SECRETS["home"]) >= 200
    assert len(SECRETS["cwd"]) >= 50


@pytest.mark.parametrize("place", [*PLACES, "cwd-keep"])
def test_a_secret_is_a_normal_relative_path(place: str):
    keys = list(SECRETS[place])
    assert [key for key in keys if key != posixpath.normpath(key) or key == "."] == []
    assert [key for key in keys if key.startswith(("/", "~", ".."))] == []


@pytest.mark.parametrize("place", [*PLACES, "cwd-keep"])
def test_a_secret_has_at_most_one_component_with_a_pattern(place: str):
    assert [key for key in SECRETS[place] if sum("*" in part or "?" in part for part in key.split("/")) > 1] == []
    assert [key for key in SECRETS[place] if set(key) & set("[]{}!\\")] == []


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_hidden_twice(place: str):
    assert nested(SECRETS[place]) == []


@pytest.mark.parametrize("place", PLACES)
def test_no_pattern_hides_everything(place: str):
    names = ("README", ".x", "src", "a.txt")
    assert [key for key in SECRETS[place] if "/" not in key and any(fnmatchcase(name, key) for name in names)] == []


def test_what_is_kept_would_be_hidden_otherwise():
    keep = [key.replace("*", "rsa") for key in SECRETS["cwd-keep"]]
    assert [key for key in keep if "/" in key or not any(covers(entry, key) for entry in SECRETS["cwd"])] == []


@pytest.mark.parametrize("path", HIDDEN_AT_HOME)
def test_hidden_at_home(path: str):
    assert hidden("home", path)


@pytest.mark.parametrize("path", VISIBLE_AT_HOME)
def test_visible_at_home(path: str):
    assert not hidden("home", path)


@pytest.mark.parametrize("path", HIDDEN_IN_CWD)
def test_hidden_in_the_working_directory(path: str):
    assert hidden("cwd", path)


@pytest.mark.parametrize("path", VISIBLE_IN_CWD)
def test_visible_in_the_working_directory(path: str):
    assert not hidden("cwd", path)


def test_a_system_path_is_plain_absolute_and_normal():
    paths = SYSTEM["read-only"]
    assert [path for path in paths if not path.startswith("/") or path != posixpath.normpath(path)] == []
    assert [path for path in paths if set(path) & set("*?[]{}~$ ")] == []


def test_no_system_path_lies_below_another():
    assert nested(SYSTEM["read-only"]) == []


def test_the_system_view_stays_small():
    # Each entry that exists is a mount, about 0.2 ms of every start.
    assert len(SYSTEM["read-only"]) <= 75


@pytest.mark.parametrize("path", NEVER_SHOWN)
def test_never_shown(path: str):
    assert [entry for entry in SYSTEM["read-only"] if covers(entry, path)] == []


@pytest.mark.parametrize("table", ["start-up", "tools"])
def test_what_a_home_with_the_network_shows_is_no_secret(table: str):
    paths = list(SYSTEM[table])
    assert [path for path in paths if path != posixpath.normpath(path) or path.startswith(("/", "~", ".."))] == []
    assert [path for path in paths if hidden("home", path)] == []
    assert nested(SYSTEM[table]) == []


def test_a_variable_has_an_ordinary_name():
    assert [name for name in SYSTEM["environment"] if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name)] == []


def test_no_variable_can_hold_a_secret_a_socket_or_code():
    assert set(SYSTEM["environment"]) & set(NEVER_PASSED) == set()
    assert [name for name in SYSTEM["environment"] if SUSPICIOUS.search(name)] == []


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_has_every_key_and_no_other(name: str):
    profile: dict[str, object] = dict(read(f"profiles/{name}.toml"))
    assert set(profile) == {"network", "home", "cwd", "record", "summary"}
    assert profile["network"] in ("none", "internet")
    assert profile["home"] in ("cow", "private", "part")
    assert profile["cwd"] in ("cow", "hidden")
    assert isinstance(profile["record"], bool)
    assert profile["summary"]


@pytest.mark.parametrize("name", PROFILES)
def test_every_key_of_a_profile_is_explained(name: str):
    lines = (POLICY / f"profiles/{name}.toml").read_text("utf-8").splitlines()
    pairs = zip(["", *lines], lines, strict=False)
    assert [line for above, line in pairs if re.match(r"\w+ =", line) and not above.startswith("# ")] == []


@pytest.mark.parametrize("name", PROFILES)
def test_files_or_network_never_both(name: str):
    profile: dict[str, object] = dict(read(f"profiles/{name}.toml"))
    assert (profile["network"], profile["home"]) != ("internet", "cow")


def test_every_profile_is_tested():
    assert sorted(path.stem for path in (POLICY / "profiles").glob("*.toml")) == sorted([*PROFILES, "root", "system"])
