"""Pure. Which keys of a git configuration make git run something or redirect what it reads.

The parser is more lenient than git's own, which gives up on a whole file at its first mistake: other programs read
these files too, and a mistake must hide nothing. Source of the syntax: git-config(1), "Syntax".
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1 << 20
TOO_LARGE = "(too large to read)"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `section.name` of what runs a program, with whatever subsection between them (filter.lfs.clean): git-config(1) and
# the manuals of the tools that ask git for their settings.
_RUNS = _words(
    "core.alternaterefscommand core.askpass core.editor core.gitproxy core.hookspath core.pager core.sshcommand"
    " browser.cmd browser.path credential.helper delta.pager diff.command diff.external diff.textconv difftool.cmd"
    " difftool.path filter.clean filter.process filter.smudge gc.recentobjectshook gitcvs.dbdriver gitflow.hooks"
    " gpg.defaultkeycommand gpg.program guitool.cmd help.browser hook.command imap.tunnel init.templatedir"
    " instaweb.browser instaweb.httpd instaweb.modulepath interactive.difffilter lfs.clean lfs.path lfs.smudge"
    " lfs.standalonetransferagent man.cmd man.path merge.driver mergetool.cmd mergetool.path remote.annex-externaltype"
    " remote.receivepack remote.uploadpack remote.vcs sendemail.cccmd sendemail.headercmd sendemail.sendmailcmd"
    " sendemail.tocmd sequence.editor svn.authorsprog tar.command trailer.cmd trailer.command"
    " uploadpack.packobjectshook web.browser"
)
# … and of what sends git to another place, or makes it trust one that it would not.
_REDIRECTS = _words(
    "core.worktree extensions.worktreeconfig http.curloptresolve http.proxy http.sslcainfo http.sslcapath"
    " http.sslverify http.proxysslcainfo include.path includeif.path lfs.pushurl lfs.url protocol.allow remote.proxy"
    " safe.barerepository safe.directory url.insteadof url.pushinsteadof"
)
# Here `true` and the like only turn git's own ways on or off.
_OR_BOOLEAN = frozenset({"core.fsmonitor", "pager"})
_BOOLEAN = frozenset({"true", "yes", "on", "false", "no", "off", ""})
_ADDRESSES = frozenset({"remote.url", "remote.pushurl", "submodule.url", "branch.remote", "branch.pushremote"})
_NUMBER = re.compile(r"[-+]?[0-9]+[kmgKMG]?")
_HELPER_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
# An alias runs another program if it begins with `!`, or with options of git itself (-c core.pager=PROGRAM), or by an
# option that names one (rebase --exec PROGRAM). Long options may be shortened.
_ALIAS = re.compile(
    r"\A\s*[!-]|(?:\A|[\s'\"])(?:--(?:ex(?!cl|p)|upl|rece|op|conf|to-c|cc-c|smtp|httpd|tool)|-c\s*['\"]?[a-zA-Z]+\.|"
    r"-[a-zA-Z]*[Ox]|foreach\b|run\b|for-each-repo\b|filter-branch\b|daemon\b|[A-Za-z0-9]+::)"
)

_BLANK = re.compile(rb"[ \t\r\n]*")
_LINE = re.compile(rb"[^\n]*")
_SECTION = re.compile(rb'\[([A-Za-z0-9.-]*)(?:[ \t\r]+"((?:[^"\\\n]|\\[^\n])*)"?)?(\]?)')
_KEY = re.compile(rb"([A-Za-z][A-Za-z0-9-]*)[ \t]*(=?)")
_ESCAPED = re.compile(rb"\\(.)")
_PLAIN = re.compile(rb'[^\\"#; \t\r\n]+|[ \t\r]+')
_QUOTED = re.compile(rb'[^\\"\n]+')
_ESCAPES = {b"t": b"\t", b"b": b"\b", b"n": b"\n"}


def executing(content: bytes) -> tuple[str, ...]:
    """List the keys in `content` that make git run something or redirect it, in their order, each once.

    Above `LARGEST` bytes the one answer is `TOO_LARGE`. Keys are as git spells them (filter.LFS.clean), with what is
    no UTF-8 in surrogates, and can be long and hold anything.
    """
    if len(content) > LARGEST:
        return (TOO_LARGE,)
    return tuple(dict.fromkeys(key for key, value in settings(content) if _executes(key, value)))


def settings(content: bytes) -> Iterator[tuple[str, str | None]]:
    """Read every key with its value, None for a key without one, as git does; where git would give up, go on."""
    # Git takes a line feed for the end of the file, and again after a backslash before it.
    data = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n") + b"\n\n"
    section, at = b"", 0
    while (at := _end(_BLANK, data, at=at)) < len(data):
        if data[at : at + 1] == b"[":
            section, at = _section(data, at)
        elif key := _KEY.match(data, at):
            value, at = _value(data, key.end()) if key[2] else (None, _end(_LINE, data, at=key.end()))
            yield _name(section, key[1]), None if value is None else _text(value)
        else:
            at = _end(_LINE, data, at=at)


def _end(pattern: re.Pattern[bytes], data: bytes, *, at: int) -> int:
    """Give the end of `pattern` at `at`, for patterns that match nothing as well."""
    found = pattern.match(data, at)
    return found.end() if found else at


def _section(data: bytes, at: int) -> tuple[bytes, int]:
    """Read `[section]` or `[section "subsection"]`; of one that is not well formed, what can be had of it."""
    found = _SECTION.match(data, at)
    name, sub, closed = (found[1], found[2], found[3]) if found else (b"", None, b"")
    end = found.end() if found else at
    full = name.lower() if sub is None or not (sub or closed) else name.lower() + b"." + _ESCAPED.sub(rb"\1", sub)
    return full + b".", end if closed else _end(_LINE, data, at=end)


def _name(section: bytes, key: bytes) -> str:
    # To git a name ends at a NUL: [core "editor\0"] makes any key below it core.editor.
    return _text((section + key.lower()).partition(b"\0")[0])


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _value(data: bytes, at: int) -> tuple[bytes, int]:
    """Read a value with its quotes, escapes, comments and continued lines, up to the line feed that ends it."""
    out = bytearray()
    kept = 0  # blanks after this are dropped if nothing follows
    quoted = False
    while (char := data[at : at + 1]) not in (b"\n", b""):
        if char == b'"':
            quoted, at = not quoted, at + 1
            kept = len(out)
        elif char == b"\\":
            escaped = data[at + 1 : at + 2]
            out += b"" if escaped == b"\n" else _ESCAPES.get(escaped, escaped)
            kept, at = len(out), at + 2
        elif char in b"#;" and not quoted:
            at = _end(_LINE, data, at=at)
        else:
            end = max(_end(_QUOTED if quoted else _PLAIN, data, at=at), at + 1)
            is_blank = not quoted and not data[at:end].strip(b" \t\r")
            if out or not is_blank:
                out += data[at:end]
            kept, at = kept if is_blank else len(out), end
    return bytes(out[:kept]), at


def _executes(key: str, value: str | None) -> bool:
    section, _, rest = key.partition(".")
    name = rest.rpartition(".")[2]
    short = f"{section}.{name}"
    said = (value or "").partition("\0")[0]
    if short in _RUNS or short in _REDIRECTS or name.endswith("-command") or key.startswith("tig.bind."):
        return True
    if short in _OR_BOOLEAN or section in _OR_BOOLEAN:
        return said.lower() not in _BOOLEAN and not _NUMBER.fullmatch(said)
    if section == "alias":
        return _ALIAS.search(said) is not None
    if short == "submodule.update":
        return said.startswith("!")
    if short == "sendemail.smtpserver":
        return said.startswith(("/", "~"))
    return short in _ADDRESSES and bool(_HELPER_ADDRESS.match(said))
