"""Pure. The hosts that a text names, and whether one is another than it seems."""

from __future__ import annotations

from wrapify.analysis import addresses, hits, lookalikes, well_known
from wrapify.analysis.hits import Hit, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.model import Finding

CHECK = "Look up the address at a place you trust before you download from it."
ASK = "See where it leads before you download from it."

RULES = {
    "userinfo-trick": Rule(
        "high", why="The name before the @ is only a user name; this leads to {}.", advice=CHECK
    ),
    "look-alike-host": Rule("high", why="This host only looks like {}.", advice=CHECK),
    "mixed-script-host": Rule(
        "medium", why="The name of this host mixes letters of several scripts: {}.", advice=CHECK
    ),
    "near-host": Rule("medium", why="This host differs by a letter or so from {}.", advice=CHECK),
    "borrowed-name": Rule("high", why="This host has {} in its name and belongs to somebody else.", advice=CHECK),
    "disguised-address": Rule("high", why="This is the address {}, written so that nobody reads it.", advice=CHECK),
    "raw-address": Rule("low", why="This leads to a bare address, which tells nothing about whose it is.", advice=ASK),
    "short-link": Rule("low", why="A short link does not tell where it leads.", advice=ASK),
    "trailing-dot-host": Rule(
        "low", why="The name of this host ends with a dot, which some checks of names do not expect.", advice=CHECK
    ),
    "too-many-hosts": Rule(
        "medium", why="This names more than {} addresses, and the others were not looked at.", advice=ASK
    ),
}  # fmt: skip
"""What is found about hosts: rule, severity and what to say."""


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


MOST = 2_000  # different hosts of a text that are judged
MOST_SEEN = 50_000  # addresses of a text that are looked at
LONGEST, LONGEST_SCHEME = 512, 16
ENDS = "/?#|;&()<>\"'`"
NO_HOST = frozenset(["", *ENDS, *" \t\n\r:"])
SCHEME_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"
# Where a number alone is an address.
BY_ADDRESS = _words("http https ftp ftps sftp ssh git ws wss")
# Programs whose bare words are addresses.
FETCHERS = _words("curl wget aria2c http https xh lynx links w3m iwr")
# Options of these whose next word is no address.
WITH_VALUE = _words(
    "-o -O -d -H -A -e -u -x -X -b -c -F -T -P -w -K -i -m --output --output-document --data --header --user --proxy"
    " --request --cookie --form --upload-file --user-agent --referer --write-out --config --dir --out"
)
FULL_STOPS = {0x3002: ".", 0xFF0E: ".", 0xFF61: ".", 0x2024: "."}
SLASHES = "\u2044\u2215\u29f8\uff0f"


class Host:
    """Hold a host that a text names. `start` and `end` are of the whole authority, in characters; `name` in lower case.

    `user` is what stands before the last `@`, `scheme` what stands before `://` or "" where nothing does.
    """

    __slots__ = ("end", "name", "scheme", "start", "user")

    def __init__(self, authority: str, *, start: int, scheme: str) -> None:
        self.user, _, rest = authority.rpartition("@")
        self.name = _without_port(rest).lower()
        self.start, self.end = start, start + len(authority)
        self.scheme = scheme.lower()


def host_of(url: str) -> str:
    """Give the name of the host of an address, with or without a scheme: in lower case, without user and port."""
    scheme, mark, rest = url.partition("://")
    return Host(_authority(rest if mark else scheme, 0), start=0, scheme="").name


def hosts(text: str) -> list[Host]:
    """List the hosts of all addresses in a text, each as often as it stands there, in the order of the text."""
    return sorted(_all(text), key=lambda host: host.start)


def found(text: str) -> Iterator[Finding]:
    """Find hosts that are others than they seem, in the order of the text."""
    return hits.findings(text, hits=_hits(text), rules=RULES)


def _hits(text: str) -> Iterator[Hit]:
    known: set[tuple[str, str]] = set()
    for number, host in enumerate(_all(text)):
        key = (host.user, host.name)
        if key not in known:
            known.add(key)
            yield from _judged(host)
        if len(known) > MOST or number == MOST_SEEN:
            yield Hit("too-many-hosts", host.start, end=host.end, what=f"{number:,}")
            return


def _all(text: str) -> Iterator[Host]:
    yield from _with_scheme(text)
    yield from _bare(text)


def _with_scheme(text: str) -> Iterator[Host]:
    at = text.find("://")
    while at >= 0:
        start = at + 3
        if text[start : start + 1] not in NO_HOST:
            authority = _authority(text, start)
            yield Host(authority, start=start, scheme=_scheme(text[max(0, at - LONGEST_SCHEME) : at]))
            start += len(authority)
        at = text.find("://", start)


def _scheme(before: str) -> str:
    return before[len(before.rstrip(SCHEME_LETTERS)) :]


def _authority(text: str, start: int) -> str:
    """Cut out what lies between `//` and the path. A backslash ends nothing: a shell takes it away."""
    cut = next(iter(text[start : start + LONGEST].split(None, 1)), "")
    for end in ENDS:
        cut = cut.partition(end)[0]
    return cut


def _bare(text: str) -> Iterator[Host]:
    """Find `example.com/x` behind a program that downloads."""
    present = [name for name in FETCHERS if f"{name} " in text]
    if not present:
        return
    at = 0
    for line in text.split("\n"):
        if "." in line and any(name in line for name in present):
            yield from _bare_in(line, at)
        at += len(line) + 1


def _bare_in(line: str, at: int) -> Iterator[Host]:
    fetches, before, place = False, "", 0
    for word in line.split():
        place = line.index(word, place)
        plain = word.strip("\"'()`")
        if plain.rpartition("/")[2] in FETCHERS:
            fetches = True
        elif word in {"|", "||", "&&", ";", "&"}:
            fetches = False
        elif fetches and before not in WITH_VALUE and "://" not in word:
            authority = _authority(plain, 0)
            if _is_host(authority, plain):
                yield Host(authority, start=at + place + word.index(plain), scheme="")
            fetches = not word.endswith(";")
        before = word
        place += len(word)


def _is_host(authority: str, word: str) -> bool:
    """Tell whether a bare word is an address and not a file or a version."""
    name = _without_port(authority.rpartition("@")[2])
    first, _, last = name.rpartition(".")
    if first == "" or name[0] in "-.~$" or "=" in name:
        return False
    if last.isalpha() or last.startswith("xn--"):
        return "/" in word or "@" in authority or last.lower() not in {"sh", "py", "zip", "rs", "md", "so"}
    return addresses.plain(name) and addresses.value(name) is not None


def _without_port(rest: str) -> str:
    name = rest.replace("\\", "").translate(FULL_STOPS)
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


def _judged(host: Host) -> Iterator[Hit]:
    name = host.name.rstrip(".")
    if not name or "$" in name:
        return
    user = _host_like(host.user)
    if user and user != name:
        yield _hit("userinfo-trick", host, what=name)
    number = addresses.value(name)
    if number is not None and host.scheme in {"", *BY_ADDRESS}:
        yield from _address(host, name, number=number)
        return
    if name != host.name and "." in name:
        yield _hit("trailing-dot-host", host)
    if name.removeprefix("www.") in well_known.SHORTENERS:
        yield _hit("short-link", host)
    yield from _named(host, name)


def _hit(rule: str, host: Host, *, what: str = "") -> Hit:
    from wrapify.analysis.reveal import reveal

    return Hit(rule, host.start, end=host.end, what=reveal(what, limit=80, letters=True))


def _host_like(user: str) -> str:
    """Give the host that a user name looks like, or "": a well-known one, or a name that ends like one."""
    name = user.lower().partition(":")[0].partition("%")[0]
    for slash in SLASHES:
        name = name.partition(slash)[0]
    labels = name.rstrip("\\").split(".")
    if len(labels) < 2 or not all(label.replace("-", "").isalnum() for label in labels):
        return ""
    known = ".".join(labels[well_known.registered(labels) :]) in well_known.DOMAINS
    return name if known or (":" not in user and labels[-1] in {"com", "org", "net", "io", "dev"}) else ""


def _address(host: Host, name: str, *, number: int) -> Iterator[Hit]:
    if addresses.plain(name):
        if not addresses.own(number):
            yield _hit("raw-address", host)
    elif number >> 24 not in {0, 127} or not name.startswith(("0", "127.")) or "x" in name:
        yield _hit("disguised-address", host, what=addresses.dotted(number))


def _named(host: Host, name: str) -> Iterator[Hit]:
    labels = [_decoded(label) for label in name.split(".")]
    shown = ".".join(labels)
    if not shown.isascii():
        yield from _foreign(host, labels)
        return
    if len(labels) < 2:
        return
    domain = ".".join(labels[well_known.registered(labels) :])
    tests = (("borrowed-name", well_known.borrowed(labels)), ("look-alike-host", well_known.drawn_like(domain)))
    rule, known = next(((rule, like) for rule, like in tests if like), ("near-host", well_known.near(domain)))
    if known:
        yield _hit(rule, host, what=known)


def _decoded(label: str) -> str:
    """Decode a label that is written in punycode, as far as it is one; a label has at most 63 letters."""
    if not label.startswith("xn--") or len(label) > 63 or not label.isascii():
        return label
    try:
        return label[4:].encode().decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def _foreign(host: Host, labels: list[str]) -> Iterator[Hit]:
    """Judge a host with letters beyond ASCII: read as a well-known one, as ASCII at all, or of several scripts."""
    whole = ".".join(labels)
    likes = [_read(label) for label in labels]
    domain = ".".join(likes[well_known.registered(likes) :])
    if any(slash in whole for slash in SLASHES):
        yield _hit("look-alike-host", host, what=well_known.borrowed(_pieces(whole)) or "another one")
    elif domain in well_known.DOMAINS and domain != whole:
        yield _hit("look-alike-host", host, what=domain)
    elif labels[-1].isascii() and any(_alike(label) for label in labels):
        yield _hit("look-alike-host", host, what=".".join(likes))
    elif any(_mixed(label) for label in labels):
        yield _hit("mixed-script-host", host, what=whole)


def _pieces(whole: str) -> list[str]:
    for slash in SLASHES:
        whole = whole.replace(slash, ".")
    return whole.split(".")


def _read(label: str) -> str:
    """Write a label with the ASCII letters that it is read as; accents are left out."""
    if label.isascii():
        return label
    import unicodedata

    latin = str.maketrans(*lookalikes.LATIN)
    plain = unicodedata.normalize("NFKD", label.translate(latin))
    return "".join(lookalikes.read_as(char) or char for char in plain if not unicodedata.combining(char)).lower()


def _alike(label: str) -> bool:
    letters = [char for char in label if not char.isascii()]
    return bool(letters) and all(lookalikes.read_as(char) for char in label)


def _mixed(label: str) -> bool:
    """Tell whether ASCII letters stand beside letters of Greek, Cyrillic, Armenian or Cherokee in one label."""
    others = any("\u0370" <= char <= "\u058f" or "\u13a0" <= char <= "\u13ff" for char in label)
    return others and any(char.isascii() and char.isalpha() for char in label)
