"""Pure. Where wrapify keeps its own files, by the XDG base directory specification."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Dirs:
    """Hold wrapify's directories. `runtimes` are candidates for a private directory in memory, best first."""

    __slots__ = ("cache", "config", "runtimes", "state")

    def __init__(self, *, state: str, cache: str, config: str, runtimes: tuple[str, ...]) -> None:
        self.state = state
        self.cache = cache
        self.config = config
        self.runtimes = runtimes


def dirs(env: Mapping[str, str], *, uid: int, home: str) -> Dirs:
    """Choose the directories for one user. A relative XDG value is ignored, as its specification says."""
    home = home.rstrip("/")
    shared = f"/dev/shm/wrapify-{uid}"
    own = env.get("XDG_RUNTIME_DIR", "")
    # A lower layer of an overlay must not lie below another one (ELOOP), hence not below the home.
    private = own.startswith("/") and not (own + "/").startswith(home + "/")
    return Dirs(
        state=_base(env, "XDG_STATE_HOME", default=f"{home}/.local/state"),
        cache=_base(env, "XDG_CACHE_HOME", default=f"{home}/.cache"),
        config=_base(env, "XDG_CONFIG_HOME", default=f"{home}/.config"),
        runtimes=(f"{own}/wrapify", shared) if private else (shared,),
    )


def _base(env: Mapping[str, str], name: str, *, default: str) -> str:
    value = env.get(name, "")
    return (value if value.startswith("/") else default).rstrip("/") + "/wrapify"
