"""Where wrapify keeps its own files."""

from __future__ import annotations

import pytest

from wrapify.paths import dirs

SHARED = "/dev/shm/wrapify-7"


@pytest.mark.parametrize(
    ("env", "state", "cache", "config"),
    [
        ({}, "/h/.local/state/wrapify", "/h/.cache/wrapify", "/h/.config/wrapify"),
        (
            {"XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c/", "XDG_CONFIG_HOME": "/f"},
            "/s/wrapify",
            "/c/wrapify",
            "/f/wrapify",
        ),
        (
            {"XDG_STATE_HOME": "rel", "XDG_CACHE_HOME": ""},
            "/h/.local/state/wrapify",
            "/h/.cache/wrapify",
            "/h/.config/wrapify",
        ),
    ],
)
def test_state_cache_and_config(env: dict[str, str], state: str, cache: str, config: str) -> None:
    found = dirs(env, uid=7, home="/h")
    assert (found.state, found.cache, found.config) == (state, cache, config)


@pytest.mark.parametrize(
    ("runtime", "candidates"),
    [
        (None, (SHARED,)),
        ("/run/user/7", ("/run/user/7/wrapify", SHARED)),
        ("relative", (SHARED,)),
        ("/h/run", (SHARED,)),
        ("/h", (SHARED,)),
        ("/hh/run", ("/hh/run/wrapify", SHARED)),
    ],
)
def test_the_directory_in_memory_never_lies_below_the_home(runtime: str | None, candidates: tuple[str, ...]) -> None:
    env = {} if runtime is None else {"XDG_RUNTIME_DIR": runtime}
    assert dirs(env, uid=7, home="/h").runtimes == candidates


def test_a_home_that_is_the_root_directory() -> None:
    found = dirs({"XDG_RUNTIME_DIR": "/run/user/7"}, uid=7, home="/")
    assert (found.state, found.runtimes) == ("/.local/state/wrapify", (SHARED,))
