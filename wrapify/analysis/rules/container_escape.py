"""Pure. Rule `container-escape`: a container or namespace that is given this machine, or a way out of one.

Flagged: --privileged, the host's root, docker socket or namespaces given to a container; nsenter into process 1;
cgroup release agents. Not flagged: ordinary containers and their volumes.
"""

from __future__ import annotations

from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "a container started so is no protection; leave that option out"
ENGINES = frozenset(("docker", "podman", "nerdctl", "lxc", "ctr", "crictl"))
GIVEN = (
    "/:/",
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/etc:/",
    "/root:/",
    "/proc:/",
    "/dev:/",
    "source=/,",
    "src=/,",
)
OPTIONS = frozenset(
    (
        "--privileged",
        "--pid=host",
        "--ipc=host",
        "--userns=host",
        "--uts=host",
        "--cap-add=ALL",
        "--cap-add=SYS_ADMIN",
        "--cap-add=all",
        "--security-opt=apparmor=unconfined",
        "--security-opt=seccomp=unconfined",
    )
)
PAIRS = frozenset(
    (
        ("--pid", "host"),
        ("--ipc", "host"),
        ("--cap-add", "ALL"),
        ("--cap-add", "SYS_ADMIN"),
        ("--cap-add", "SYS_PTRACE"),
        ("--userns", "host"),
        ("--security-opt", "apparmor=unconfined"),
        ("--security-opt", "seccomp=unconfined"),
        ("--security-opt", "apparmor:unconfined"),
    )
)


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each container that is given this machine."""
    for by in seen.calls():
        if _engine(by) or _enters(by):
            why = "gives a container this machine, or leaves one"
            yield Remark(why, advice=ADVICE, severity="medium", at=by)
    if seen.mentions("release_agent") and seen.mentions("cgroup"):
        start = seen.text.find("release_agent")
        yield Remark(
            "leaves a container by a setting of the kernel", advice=ADVICE, severity="high", at=(start, start + 13)
        )


def _engine(by: Invocation) -> bool:
    texts = list(by.words())
    if by.name == "kubectl":
        return "hostPID" in by.line() or '"privileged":true' in by.line().replace(" ", "")
    if by.name not in ENGINES or not {"run", "create", "exec", "launch"} & set(texts):
        return False
    pairs = {(texts[at], texts[at + 1]) for at in range(len(texts) - 1)}
    given = any(text.startswith(GIVEN) or f"={text}".find("=/:/") >= 0 for text in texts)
    return bool(OPTIONS.intersection(texts) or PAIRS & pairs or given)


def _enters(by: Invocation) -> bool:
    if "nsenter" in by.wrappers or by.name == "nsenter":
        return True
    return by.name == "chroot" and by.plain()[:1] in (["/host"], ["/mnt/host"], ["/hostfs"])
