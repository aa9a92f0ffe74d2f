"""Pure. Rule `unsigned-source`: packages are to come from somewhere whose signature nobody checks, or anybody's.

Flagged: package managers told not to check, keys and sources added from the network, indexes without TLS. Not
flagged: ordinary installs, and sources that name the key they are checked with.
"""

from __future__ import annotations

from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "try it in a sandbox, and see where the packages come from"
OPTIONS = frozenset(
    "--allow-unauthenticated --force-yes --nogpgcheck --no-gpg-checks --no-gpg-check --nosignature"
    " --allow-insecure-repositories --no-verify-signature --allow-untrusted --nodigest --gpgcheck=0"
    " --no-verify --force-bad-verify".split()
)
MANAGERS = frozenset("apt apt-get aptitude dnf dnf5 yum zypper rpm apk pacman dpkg urpmi".split())
MARKS = (
    "[trusted=yes]",
    "trusted=yes",
    "gpgcheck=0",
    "SigLevel = Never",
    "SigLevel=Never",
    "allow-insecure=yes",
    "Acquire::AllowInsecureRepositories",
    "APT::Get::AllowUnauthenticated",
)
SOURCES = (
    "/etc/apt/sources.list",
    "/etc/yum.repos.d/",
    "/etc/zypp/repos.d/",
    "/etc/apk/repositories",
    "/etc/pacman.conf",
    "/etc/pacman.d/",
)
KEYS = ("/etc/apt/trusted.gpg", "/etc/pki/rpm-gpg")


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each source of packages that is not checked."""
    for by in seen.calls():
        why = _manager(by) or _added(by)
        if why:
            yield Remark(why, advice=ADVICE, severity="medium", at=by)
    mark = seen.mentions(*MARKS)
    if mark:
        start = seen.text.find(mark)
        why = "adds a source of packages whose signature is not checked"
        yield Remark(why, advice=ADVICE, severity="medium", at=(start, start + len(mark)))


def _manager(by: Invocation) -> str:
    texts = list(by.words())
    if by.name in MANAGERS and not OPTIONS.isdisjoint(texts):
        return "installs packages whose signature is not checked"
    if by.name in ("pip", "pip3", "uv", "npm", "gem", "yarn", "pnpm", "python"):
        for option, value in zip(texts, [*texts[1:], ""], strict=False):
            index = option in ("-i", "--index-url", "--extra-index-url", "--registry", "-s", "--source")
            if (index and value.startswith("http://")) or option.startswith(
                ("--index-url=http://", "--extra-index-url=http://", "--registry=http://")
            ):
                return "takes packages from a server without any protection on the way"
    return ""


def _added(by: Invocation) -> str:
    paths = [path for path, _ in by.writes] + (
        by.plain() if by.name in ("tee", "cp", "mv", "curl", "wget", "install") else []
    )
    from_network = (by.stdin is not None and by.stdin.origins & NETWORK) or by.name in ("curl", "wget")
    if by.name == "apt-key" and by.plain()[:1] in (["add"], ["adv"]):
        return "trusts a key for every source of packages"
    if from_network and any(path.startswith((*SOURCES, *KEYS)) for path in paths):
        return "takes a source of packages, or a key for one, from the network"
    if by.name == "rpm" and by.has("--import") and any("http://" in text for text in by.words()):
        return "takes a key for packages from the network without any protection"
    return ""
