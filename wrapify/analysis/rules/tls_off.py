"""Pure. Rule `tls-off`: a connection is not checked, so that anybody between may change what comes.

Only asked about where what comes is run or installed, too.
"""

from __future__ import annotations

from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "leave that option out; if it fails then, the server may not be the one it says"
OPTIONS = {
    "curl": ("-k", "--insecure", "--proxy-insecure"),
    "wget": ("--no-check-certificate",),
    "pip": ("--trusted-host",),
    "aria2c": ("--check-certificate=false",),
    "httpie": ("--verify=no",),
}
VARIABLES = {
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "PYTHONHTTPSVERIFY": "0",
    "GIT_SSL_NO_VERIFY": "",
    "CURL_INSECURE": "",
}
SETTINGS = (
    "http.sslverify=false",
    "http.sslverify false",
    "strict-ssl false",
    "strict-ssl=false",
    "--strict-ssl=false",
)


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each connection that is not checked."""
    for by in seen.calls():
        name = "pip" if by.name.startswith("pip") else by.name
        if by.has(*OPTIONS.get(name, ())) or _by_setting(by):
            why = "does not check who it talks to"
            yield Remark(why, advice=ADVICE, severity="low", at=by)


def _by_setting(by: Invocation) -> bool:
    if any(name in by.environment for name in VARIABLES):
        return True
    line = by.line().lower()
    if by.name in ("git", "npm", "yarn", "pnpm") and any(one in line for one in SETTINGS):
        return True
    return by.name == "export" and any(text.partition("=")[0] in VARIABLES for text in by.words())
