"""Touches: the policy files of the user and the administrator, and the data files of the package, reading only."""

from __future__ import annotations

import os
from dataclasses import replace

from wrapify.errors import PolicyError, StateError
from wrapify.host import Machine
from wrapify.policy import quick, resolve
from wrapify.policy.model import Policy
from wrapify.policy.views import Profile, RootView, View

_HERE = os.path.dirname(__file__)
LARGEST = 1 << 20


def read_policy(machine: Machine, config_dir: str) -> Policy:
    """Read the administrator's and the user's policy. Raises PolicyError if one of them cannot be used.

    No other file is ever looked for: what lies in a project decides nothing.

    Their content is asked of `machine`, and not only their identity: an edit within one tick of the clock that leaves
    the size alone is noticed, too.
    """
    layers = [(path, whole(path, machine)) for path in quick.paths(config_dir)]
    return resolve.policy(layers, administrator=quick.ADMINISTRATOR)


def whole(path: str, machine: Machine | None = None) -> bytes:
    """Read a policy file, b"" if there is none. Raises PolicyError if it cannot be read, or is too large for one."""
    trouble, content = (machine or Machine()).content(path, LARGEST + 1)
    if trouble:
        raise PolicyError(f"{path} cannot be read: {trouble}", "make it readable or move it away")
    if len(content) > LARGEST:
        raise PolicyError(f"{path} is larger than 1 MiB", "a policy is a page of text; move the file away")
    return content


def read_profile(machine: Machine, name: str) -> Profile:
    """Read a profile that ships with wrapify."""
    return resolve.profile(name, _shipped(machine, f"profiles/{name}.toml"))


def read_view(machine: Machine) -> View:
    """Read the system view and the list of secrets that ship with wrapify."""
    view = resolve.view(_shipped(machine, "profiles/system.toml"), _shipped(machine, "secrets.toml"))
    return replace(view, hosts=f"{_HERE}/hosts", resolver=f"{_HERE}/resolv.conf")


def read_root_view(machine: Machine) -> RootView:
    """Read what --root shows besides, and the files that it places."""
    names = machine.names(f"{_HERE}/root", "*")
    return resolve.root_view(
        _shipped(machine, "profiles/root.toml"), {name: _shipped(machine, f"root/{name}") for name in names}
    )


def _shipped(machine: Machine, name: str) -> bytes:
    machine.identity(f"{_HERE}/{name}")
    return shipped(name)


def shipped(name: str) -> bytes:
    """Read a data file of the package. Raises StateError."""
    path = f"{_HERE}/{name}"
    try:
        with open(path, "rb") as source:
            return source.read()
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}", "install it where all users can read") from error
