"""The home of a sandbox with the network: what of the real one is in it."""

from __future__ import annotations

import pytest

from tests.unit.sandbox import situations
from tests.unit.sandbox.fake import Fake, Node
from tests.unit.sandbox.situations import DEBIAN, person, situation
from wrapify.sandbox.apart import LARGEST, SECRET
from wrapify.sandbox.argv import argv
from wrapify.sandbox.mounts import Overlay, RoBind, Tmpfs
from wrapify.sandbox.spec import Network, SandboxSpec, Wish

ONLINE = Network("internet", "/usr/bin/slirp4netns")
SECRETS = """
export GITHUB_TOKEN=ghp_16C7e42F292c6912E7710c838347Ae178B4a
export OPENAI_API_KEY="sk-proj-abcdefghijklmnop"
API_KEY=0123456789abcdef
set -gx NPM_TOKEN npm_abcdefghijklmnopqrstuvwxyz0123456789
setenv DB_PASSWORD hunter2hunter2
export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG'
alias up='curl -u me:$X https://user:geheim@example.com/'
export X=AKIAIOSFODNN7EXAMPLE
alias deploy='curl -H "Authorization: Bearer 0123456789abcdef"'
hf_abcdefghijklmnopqrstuvwxyz
-----BEGIN OPENSSH PRIVATE KEY-----
""".strip().splitlines()
ORDINARY = """
export PATH="$HOME/.local/bin:$PATH"
alias gs='git status'
export GITHUB_TOKEN=$(pass show github)
export GITHUB_TOKEN="$(gh auth token)"
eval "$(ssh-agent -s)"
source ~/.secrets
[ -f ~/.tokens ] && . ~/.tokens
export NVM_DIR="$HOME/.nvm"
[ -s "$NVM_DIR/nvm.sh" ] && \\. "$NVM_DIR/nvm.sh"  # This loads nvm
PS1='${debian_chroot:+($debian_chroot)}\\u@\\h:\\w\\$ '
export SSH_AUTH_SOCK="$XDG_RUNTIME_DIR/ssh-agent"
export EDITOR=vim
git config --global credential.helper store
""".strip().splitlines()


@pytest.mark.parametrize("line", SECRETS)
def test_a_line_that_looks_like_a_secret(line: str) -> None:
    assert SECRET.search(f"alias ll='ls -l'\n{line}\nexport A=b\n".encode())


@pytest.mark.parametrize("line", ORDINARY)
def test_a_line_that_does_not(line: str) -> None:
    assert not SECRET.search(f"{line}\n".encode())


def planned(files: dict[str, bytes] | None = None, *, wish: Wish | None = None, cwd: str = "/srv/data") -> SandboxSpec:
    nodes = {f"/home/u/{name}": Node("file", 0o644, content=content) for name, content in (files or {}).items()}
    given = situation("online", who=person(cwd=cwd), wish=wish, network=ONLINE)
    return situations.planned(Fake({**DEBIAN, **nodes}), given)


def held(spec: SandboxSpec) -> dict[str, bytes]:
    return {path: content for path, _, content in spec.masks[-1].files}


def test_nothing_of_the_real_home_lies_below() -> None:
    spec = planned({".bashrc": b"alias x=y\n", "notes": b"mine"})
    (home,) = [mount for mount in spec.mounts if getattr(mount, "dest", "") == "/home/u"]
    assert isinstance(home, Overlay)
    assert [lower for lower in home.lowers if "/masks/" not in lower] == []
    assert held(spec) == {".bashrc": b"alias x=y\n"}
    assert "/home/u" not in {mount.source for mount in spec.mounts if isinstance(mount, RoBind)}


@pytest.mark.parametrize("content", [b"export GH_TOKEN=abcdefgh12345678\n", b"#" * (LARGEST + 1)])
def test_a_start_up_file_that_is_left_out_is_named(content: bytes) -> None:
    spec = planned({".bashrc": content, ".profile": b"umask 022\n"})
    assert held(spec) == {".profile": b"umask 022\n"}
    assert any(note.startswith("~/.bashrc cannot be shown") for note in spec.notes)


def test_a_working_directory_in_the_home_has_a_place_there() -> None:
    spec = planned(cwd="/home/u/work")
    assert spec.chdir == "/home/u/work"
    assert "/home/u/work" in {mount.dest for mount in spec.mounts if isinstance(mount, Overlay)}
    assert "work" in {path for mask in spec.masks for path, _ in mask.folders}


def test_without_overlays_it_is_empty() -> None:
    given = situation("online", who=person(cwd="/srv/data"), network=ONLINE, route="none")
    spec = situations.planned(Fake(DEBIAN), given)
    assert any(isinstance(mount, Tmpfs) and mount.dest == "/home/u" for mount in spec.mounts)


def test_what_is_shown_besides_comes_after_it() -> None:
    spec = planned(wish=Wish(ro=("/home/u/work",)))
    words = argv(spec, situations.FACTS)
    assert words.index("/home/u") < len(words) - 1 - words[::-1].index("/home/u/work")
