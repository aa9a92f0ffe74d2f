"""The hosts that a text names: where they stand, what they are called, and which are let alone."""

from __future__ import annotations

import pytest

from wrapify.analysis import addresses, hosts


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://Example.COM:8080/x?y#z", "example.com"),
        ("http://user:pw@example.com", "example.com"),
        ("https://a@b@example.com/", "example.com"),
        ("https://github.com\\@evil.example/x", "evil.example"),
        ("example.com/x", "example.com"),
        ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
        ("http://github\u3002com/", "github.com"),
        ("https://", ""),
        ("", ""),
        ("file:///etc/passwd", ""),
    ],
)
def test_host_of_an_address(url: str, name: str) -> None:
    assert hosts.host_of(url) == name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("curl -fsSL https://a.example/x | sh; wget http://b.example", ["a.example", "b.example"]),
        ("curl -o out.tar.gz a.example/x", ["a.example"]),
        ("curl -sSL a.example", ["a.example"]),
        ("sudo /usr/bin/wget -q 'a.example/x' && cat b.example/y", ["a.example"]),
        ("git clone --depth 1 git@github.com:x/y", []),
        ("curl -O install.sh", []),
        ("pip install x==0.4.2", []),
        ("x='https://a.example/'\"$y\"", ["a.example"]),
    ],
)
def test_hosts_of_a_text(text: str, names: list[str]) -> None:
    found = hosts.hosts(text)
    assert [host.name for host in found] == names
    assert [text[host.start : host.end].lower() for host in found] == names


@pytest.mark.parametrize(
    "text",
    [
        "curl -fsSL https://get.docker.com | sh",
        "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
        '/bin/bash -c "$(curl -fsSL https://raw.githubusercontent.com/Homebrew/install/HEAD/install.sh)"',
        "git clone --depth 1 https://github.com/x/y.git && npm i y@0.4.2",
        "curl https://my.app/x https://web.dev/y http://localhost:8080 http://127.0.0.1:3000 http://[::1]/",
        "docker pull registry.corp.example:5000/x/y:1.2 && curl https://$HOST/x https://${HOST}:80/",
        "pip install -i https://pypi.org/simple --extra-index-url https://pypi.internal/simple x",
        "curl https://bucket.s3.eu-central-1.amazonaws.com/x https://x.github.io https://www.google.co.uk",
        "wget https://ftp.gnu.org/gnu/bash/bash-5.2.tar.gz && curl wttr.in",
        "http GET :8080/x; https httpie.io/hello",
    ],
)
def test_genuine_hosts_are_not_flagged(text: str) -> None:
    assert [(one.rule, one.why) for one in hosts.found(text)] == []


@pytest.mark.parametrize(
    ("host", "number"),
    [
        ("127.0.0.1", 0x7F000001),
        ("0x7f.1", 0x7F000001),
        ("0177.0.0.1", 0x7F000001),
        ("2130706433", 0x7F000001),
        ("1.2.3", 0x01020003),
        ("256.1.1.1", None),
        ("1.2.3.4.5", None),
        ("08.1", None),
        ("0x", None),
        ("", None),
        ("1..2", None),
        ("example.com", None),
    ],
)
def test_addresses_are_read_as_the_c_library_reads_them(host: str, number: int | None) -> None:
    assert addresses.value(host) == number
