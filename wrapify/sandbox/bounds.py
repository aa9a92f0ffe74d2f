"""Touches: processes of the sandbox, from outside. The limits that the kernel holds for us."""

from __future__ import annotations

import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.sandbox.recipe import Recipe


def limit(inner: int, limits: tuple[int, int, int, int]) -> None:
    """Set limits on the first process inside, which waits; all others inherit them.

    The number of processes is counted per user namespace (Linux 5.14), so it does not count the user's others.
    """
    processes, files, size, memory = limits
    for kind, most in (
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_FSIZE, size),
        # One process alone may not take more than all together. RLIMIT_AS would break what only reserves memory.
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.prlimit(inner, kind)
        top = most if hard == resource.RLIM_INFINITY else min(most, hard)
        soft = min(resource.prlimit(inner, kind)[0], top) if kind == resource.RLIMIT_NOFILE else top
        resource.prlimit(inner, kind, (soft, top))


def enter_scope(pids: tuple[int, ...], recipe: Recipe) -> None:
    """Have the kernel count the sandbox's memory where systemd offers that; the watch goes on in any case."""
    if recipe["busctl"]:
        from wrapify.sandbox import scope

        scope.enter(recipe["busctl"], pids, memory=recipe["memory"], processes=recipe["limits"][0])
