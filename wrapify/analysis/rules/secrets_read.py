"""Pure. Rule `secrets-read`: files with keys, passwords or histories are read, packed or searched for.

Flagged: programs that show, copy, encode or pack such a file or its directory, and searches for them. Not flagged:
programs that use a key as it is meant (`ssh -i`, `ssh-keygen`, `chmod 600`), and the public halves.
"""

from __future__ import annotations

from wrapify.analysis.places import STORES, is_secret, normal
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

READERS = frozenset(
    "cat tac less more head tail strings grep egrep rg awk sed base64 base32 xxd od hexdump cp mv tar zip 7z rsync scp"
    " dd nl sort cut tr openssl gpg bat batcat vi vim nano xclip pbcopy wl-copy tee curl wget nc python perl ruby"
    " sqlite3 strings split diff install gzip bzip2 xz unshadow john".split()
)
DUMPERS = {
    "security": ("dump-keychain", "find-generic-password", "find-internet-password"),
    "secret-tool": ("lookup", "search"),
    "gpg": ("--export-secret-keys", "--export-secret-subkeys"),
    "pass": ("show",),
    "mimipenguin": (),
    "procdump": (),
    "gcore": (),
}
SEARCHED = (
    ".gnupg",
    ".ssh",
    ".aws",
    ".env",
    "id_rsa",
    "id_dsa",
    "id_ed25519",
    "*.pem",
    "*.key",
    "*.pfx",
    "*.p12",
    "*.gpg",
    "*.asc",
    "*.kdbx",
    "wallet.dat",
    ".netrc",
    "credentials",
    "password",
    "passwd=",
    "*pass*",
    "*secret*",
    "*.ovpn",
    "*.keytab",
    "shadow",
)
METADATA = ("169.254.169.254", "metadata.google.internal", "169.254.170.2", "fd00:ec2::254")


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each secret that is read."""
    for by in seen.calls():
        what = _reads(by)
        if what:
            yield Remark(what, advice="in a sandbox it is hidden", severity="medium", at=by)


def _reads(by: Invocation) -> str:
    if by.name in DUMPERS and (not DUMPERS[by.name] or not set(DUMPERS[by.name]).isdisjoint(by.words())):
        return "takes passwords or keys out of their store"
    paths = [by.place(path) for path in (*by.plain(), *by.reads, *map(_after_mark, by.words()))]
    if by.name in READERS and any(is_secret(path) for path in paths):
        return "reads a file with keys, passwords or a history"
    if by.name in ("tar", "zip", "7z", "rsync") and any(normal(path).rstrip("/") in STORES for path in paths):
        return "packs a directory with keys or passwords"
    if any(mark in path for path in paths for mark in METADATA):
        return "asks the cloud for the keys of this machine"
    searches = by.name in ("find", "locate", "mdfind") or (by.name == "grep" and by.has("-r", "-R"))
    if searches and any(text.strip("'\"").lower() in SEARCHED for text in by.words()):
        return "searches for keys or passwords"
    return ""


def _after_mark(text: str) -> str:
    """Give the file that an argument of curl names: `@file`, `name=@file`, `<file`."""
    return text.rpartition("@")[2] if "@" in text and "://" not in text else ""
