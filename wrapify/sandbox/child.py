"""Touches: this process. What happens between fork and exec: the last steps before bwrap takes over.

Everything here runs in the child that becomes bwrap. A step that fails ends the child; nothing of the command runs.
"""

from __future__ import annotations

import _ctypes
import _signal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
KEYCTL_JOIN_SESSION_KEYRING = 1
KEYCTL = {"x86_64": 250, "aarch64": 219}
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446
LANDLOCK_VERSION = 1
SCOPE_ABSTRACT_UNIX_SOCKET, SCOPE_SIGNAL = 1, 2


def _call(name: str, *arguments: int | bytes | None) -> int:
    """Call a function of the C library; -1 if it fails.

    The ctypes package costs 2.5 ms to import, a quarter of a launch; its C half, which does the work, 0.3 ms.
    """
    address = _ctypes.dlsym(_ctypes.dlopen(None, os.RTLD_NOW), name)  # type: ignore[arg-type] # None: this program
    return int(_ctypes.call_function(address, arguments))


def _checked(name: str, *arguments: int | bytes | None) -> int:
    """Call a function of the C library. Raises OSError if it fails, for the reason it gives when tried once more."""
    result = _call(name, *arguments)
    if result >= 0:
        return result
    import ctypes

    again: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if again < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return again


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when `parent` ends, and end now if it already has."""
    tell_end_of(parent, by=9)


def tell_end_of(parent: int, *, by: int) -> None:
    """Ask the kernel for the signal `by` when `parent` ends, and end now if it already has."""
    _checked("prctl", PR_SET_PDEATHSIG, by, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(125)


def adopt_orphans() -> None:
    """Make this process the parent of those among its descendants whose own parent ended. No child inherits this."""
    _checked("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def set_signals(ignored: Sequence[int]) -> None:
    """Let bwrap live through Ctrl-C and the like, which the command gets as well; the inner program decides.

    An ignored signal stays ignored over exec; the words in front of the command give it its default action back.
    """
    for number in (_signal.SIGINT, _signal.SIGQUIT):
        _signal.signal(number, _signal.SIG_DFL)
    # Those the keeper holds back.
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGTERM, _signal.SIGHUP))
    for number in ignored:
        _signal.signal(number, _signal.SIG_IGN)
    # Python ignores these two; a command expects them as the shell left them.
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)


def fresh_keyring() -> None:
    """Join a new session keyring: keyrings are not namespaced, and the login's keys could be read inside."""
    number = KEYCTL.get(os.uname().machine, 0)
    try:
        if number:
            _checked("syscall", number, KEYCTL_JOIN_SESSION_KEYRING, None)
    except OSError as error:
        import errno

        if error.errno == errno.EDQUOT:
            raise OSError(error.errno, "this user has no more session keyrings; see /proc/sys/kernel/keys") from error
        if error.errno != errno.ENOSYS:  # A kernel without keyrings has none to hide.
            raise


def landlock_abi() -> int:
    """Tell the kernel's Landlock version, 0 if there is none."""
    return max(_call("syscall", LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION), 0)


def scope() -> None:
    """Keep signals and abstract sockets within this process and its children (Landlock ABI 6, Linux 6.12).

    No file rights are handled: a ruleset that handles them would forbid bwrap to mount.
    """
    if landlock_abi() < 6:
        return
    # struct landlock_ruleset_attr: no access to files, none to the network, the scopes; 64 bits each.
    attributes = bytes(16) + (SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL).to_bytes(8, "little")
    ruleset = _checked("syscall", LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    _checked("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _checked("syscall", LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def offer_to_oom_killer() -> None:
    """Make the sandbox what the kernel ends first when memory runs out (inherited by everything inside)."""
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, b"1000")
        os.close(descriptor)
    except OSError:
        pass  # Only a preference: without it the kernel chooses by itself.


def own_namespaces() -> None:
    """Enter a user namespace in which this user is root, and a mount namespace of it, to mount overlays there.

    The map must be to 0: with any other, bwrap finds capabilities it does not expect and refuses.
    """
    uid, gid = os.getuid(), os.getgid()
    _checked("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def enter(namespace: int, kind: int) -> None:
    """Enter a namespace, given by its descriptor and CLONE_ constant. Raises OSError."""
    _checked("setns", namespace, kind)


def mount_overlays(rows: Sequence[tuple[Sequence[str], str, str, str]]) -> None:
    """Mount overlays, given as (lowers bottom first, upper, work, dest); without `upper` one is read-only.

    Directories go in by descriptor: their names need no escaping and cannot be exchanged meanwhile. All are opened
    before anything is mounted, because an overlay of the home hides the box in which the next one writes.
    """
    held = [_opened((*reversed(lowers), *((upper, work) if upper else ()))) for lowers, upper, work, _ in rows]
    for (lowers, upper, _, dest), descriptors in zip(rows, held, strict=True):
        names = [f"/proc/self/fd/{descriptor}" for descriptor in descriptors]
        options = "userxattr,lowerdir=" + ":".join(names[: len(lowers)])
        if upper:
            options += f",upperdir={names[-2]},workdir={names[-1]}"
        _checked("mount", b"overlay", os.fsencode(dest), b"overlay", 0, options.encode())


def _opened(paths: Sequence[str]) -> list[int]:
    return [os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for path in paths]


def redirect(target: int) -> None:
    """Give the program no input and send all it prints to `target`."""
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(target, 1)
    os.dup2(target, 2)


def close_all_but(kept: Sequence[int]) -> None:
    """Close every descriptor but `kept`, for a process that does not become another program."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                continue  # That of this very listing.


def keep_only(kept: Sequence[int]) -> None:
    """Let nothing but 0, 1, 2 and `kept` pass to the program that is started next."""
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number > 2:
            try:
                os.set_inheritable(number, number in kept)
            except OSError:
                continue  # The descriptor of this very listing, closed by now.
