"""Pure. Reads the heads of HTTP/1 messages that pass the proxy, and writes the ones that go on.

What is not exactly as RFC 9112 has it is refused and not mended: two readers that mend differently are how a request
is smuggled past the one that checks it.
"""

from __future__ import annotations

from wrapify.sandbox.domains import normalised, split_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

END = b"\r\n\r\n"
HEAD_MAX = 65536
CHUNKED = -1
TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
NOT_IN_TARGET = frozenset(b"\t#")
# Between two neighbours only (RFC 9110, 7.6.1), or written anew. `Connection` must not be able to name the latter:
# a length that was dropped would turn the body into a second request.
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"http2-settings"})
FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})
CLOSE = b"Connection: close\r\n"
HTTP = "http://"

Field = tuple[bytes, bytes]


class Malformed(ValueError):
    """Report a message that is not what HTTP/1 allows. The text is for the one who sent it."""


class Refused(Exception):
    """Hold an answer of the proxy's own: the status and one line for the person who reads it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    def answer(self) -> bytes:
        """Give the response that says so."""
        line = f"wrapify: {ascii(self.text)[1:-1]}".encode()
        # pip, npm and others show of a refused CONNECT no more than the first line.
        first = b"HTTP/1.1 %d %b\r\nContent-Type: text/plain\r\n" % (self.status, line)
        return first + b"Content-Length: %d\r\n%b\r\n%b\n" % (len(line) + 1, CLOSE, line)


class Request:
    """Hold where a request wants to go and the head that goes there ("tunnel": none does).

    `body` is the number of bytes that follow, CHUNKED if they say so themselves.
    """

    __slots__ = ("body", "head", "host", "port", "tunnel")

    def __init__(self, host: str, port: int, *, body: int, head: bytes) -> None:
        self.host = host
        self.port = port
        self.body = body
        self.head = head
        self.tunnel = not head


def read_request(head: bytes) -> Request:
    """Read the head of a request to a proxy, with the empty line at its end. Raises Malformed."""
    first, fields = _split(head)
    method, target, version = _request_line(first)
    length = _body(fields, version)
    if method == b"CONNECT":
        host, port = _authority(target, 0)
        return Request(host, port, body=0, head=b"")
    if not target.lower().startswith(HTTP):
        raise Malformed("a proxy takes http:// addresses and CONNECT")
    rest = target[len(HTTP) :]
    end = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    host, port = _authority(rest[:end], 80)
    path = rest[end:] if rest[end:].startswith("/") else "/" + rest[end:]
    name = f"[{host}]" if ":" in host else host
    lines = (
        b"%b %b %b\r\n" % (method, path.encode("latin-1"), version),
        f"Host: {name if port == 80 else f'{name}:{port}'}\r\n".encode(),
        *_passed_on([field for field in fields if field[0].lower() not in FRAMING]),
        *((b"Transfer-Encoding: chunked\r\n",) if length == CHUNKED else ()),
        *((b"Content-Length: %d\r\n" % length,) if _value(fields, b"content-length") else ()),
        CLOSE + b"\r\n",
    )
    return Request(host, port, body=length, head=b"".join(lines))


def read_response(head: bytes) -> tuple[int, bytes]:
    """Read the head of a response: give its status and the head that goes on to the client. Raises Malformed."""
    first, fields = _split(head)
    version, _, rest = first.partition(b" ")
    code = rest[:3]
    if version not in (b"HTTP/1.0", b"HTTP/1.1") or not code.isdigit() or rest[3:4] not in (b"", b" "):
        raise Malformed("no status line")
    status = int(code)
    close = () if 100 <= status < 200 else (CLOSE,)
    return status, b"".join((first, b"\r\n", *_passed_on(fields), *close, b"\r\n"))


def chunk_size(line: bytes) -> int:
    """Read the line in front of a chunk, without its end; what stands behind a semicolon means nothing to us."""
    digits = line.partition(b";")[0].rstrip(b" \t")
    if not digits or len(digits) > 12 or digits.strip(b"0123456789abcdefABCDEF") or _has_controls(line):
        raise Malformed("a chunk without its size")
    return int(digits, 16)


def _split(head: bytes) -> tuple[bytes, list[Field]]:
    first, *lines = head.removesuffix(END).split(b"\r\n")
    if _has_controls(first):
        raise Malformed("a control character in the first line")
    return first, [_field(line) for line in lines]


def _has_controls(line: bytes) -> bool:
    return any(byte < 0x20 or byte == 0x7F for byte in line if byte != 0x09)


def _field(line: bytes) -> Field:
    name, colon, value = line.partition(b":")
    # A line that continues the one before begins with a space, which no name holds.
    if not colon or not name or not TOKEN.issuperset(name) or _has_controls(value):
        raise Malformed("a header line that is none")
    return name, value.strip(b" \t")


def _request_line(line: bytes) -> tuple[bytes, str, bytes]:
    words = line.split(b" ")
    if len(words) != 3 or not words[0] or not TOKEN.issuperset(words[0]):
        raise Malformed("no request line")
    method, target, version = words
    if version not in (b"HTTP/1.0", b"HTTP/1.1"):
        raise Malformed("not HTTP/1.0 or HTTP/1.1")
    if not target or NOT_IN_TARGET.intersection(target):
        raise Malformed("no address of the kind that goes to a proxy")
    # Behind the host some clients send bytes that are not ASCII. They mean nothing here and go on as they are.
    return method, target.decode("latin-1"), version


def _authority(text: str, default: int) -> tuple[str, int]:
    if "@" in text:
        raise Malformed("a user name in the address")
    if not text.isascii():
        raise Malformed("a host name that is not in its xn-- spelling")
    try:
        host, port = split_port(text)
    except ValueError:
        raise Malformed("a port that is none") from None
    name = normalised(host)
    if not name or (":" in name and not text.startswith("[")):
        raise Malformed("a host name that is none, or an address in an unusual spelling")
    if not port and not default:
        raise Malformed("no port")
    return name, port or default


def _value(fields: Sequence[Field], name: bytes) -> bytes:
    found = [value for field, value in fields if field.lower() == name]
    if len(found) > 1 or found == [b""]:
        raise Malformed(f"{name.decode()} more than once, or empty")
    return found[0] if found else b""


def _body(fields: Sequence[Field], version: bytes) -> int:
    """Tell how long the body is; refuse everything about which two readers could disagree."""
    _value(fields, b"host")
    length, coding = _value(fields, b"content-length"), _value(fields, b"transfer-encoding")
    if coding and (length or coding.lower() != b"chunked" or version == b"HTTP/1.0"):
        raise Malformed("a body whose length is told twice, or in a way that is not understood")
    if length and (len(length) > 18 or not length.isdigit()):
        raise Malformed("a length that is no number")
    return CHUNKED if coding else int(length or b"0")


def _passed_on(fields: Sequence[Field]) -> list[bytes]:
    named = {
        word.strip(b" \t").lower()
        for name, value in fields
        if name.lower() == b"connection"
        for word in value.split(b",")
    } - FRAMING
    dropped = HOP_BY_HOP | named
    kept = (field for field in fields if field[0].lower() not in dropped and not field[0].lower().startswith(b"proxy-"))
    return [b"%b: %b\r\n" % field for field in kept]
