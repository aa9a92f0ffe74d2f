"""`--allow`: of the internet the named domains alone, by a proxy outside; everything else is closed and reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Wrapify
from tests.sandbox.disk import until
from tests.sandbox.lab import INTERNET, INTERNET_6, NAMES, NEIGHBOURS, OWN, SOCKETS, Lab, lab
from tests.sandbox.test_network import children, name

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can build networks to test in"),
]

# What a program does that knows of a proxy: one line for each place, what it answered or "-".
THROUGH = """
import os, socket, sys
host, port = os.environ["https_proxy"].removeprefix("http://").split(":")
for place in sys.argv[1:]:
    with socket.create_connection((host, int(port)), 10) as proxy:
        proxy.sendall(f"CONNECT {place} HTTP/1.1\\r\\nHost: {place}\\r\\n\\r\\n".encode())
        said = b""
        while piece := proxy.recv(1000):
            said += piece
    head, _, rest = said.partition(b"\\r\\n\\r\\n")
    print(rest.decode() if b" 200 " in head else "-")
"""


@pytest.fixture(scope="module")
def one_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab"), resolver="127.0.0.53") as found:
        yield found


def test_the_named_domains_alone_are_reached(one_lab: Lab, each_bwrap: Wrapify) -> None:
    places = ("internet.test:8081", f"{INTERNET}:8081", "internet.test:80", "other.test:8081", "internet.test:8081")
    one_lab.reached()
    words = ("run", "--allow", "internet.test:8081", "python3", "-c", THROUGH, *places)
    done = one_lab.run(each_bwrap, *words)
    first, *others, last = done.stdout.split()
    assert (others, done.returncode) == (["-", "-", "-"], 0), done.stderr
    assert one_lab.reached() == {first, last} <= {INTERNET, INTERNET_6}
    told = [line for line in done.stderr.splitlines() if "was not reached" in line]
    assert told == [
        f"wrapify: {INTERNET}:8081 was not reached: --allow {INTERNET}:8081 would allow it",
        "wrapify: internet.test:80 was not reached: --allow internet.test would allow it",
        "wrapify: other.test:8081 was not reached: --allow other.test:8081 would allow it",
    ]
    assert "only internet.test:8081: what it reads it can send" in done.stderr


def test_a_named_domain_that_leads_to_a_neighbour_is_not_reached(one_lab: Lab, wrapify: Wrapify) -> None:
    names = [one for one in NAMES if INTERNET not in NAMES[one]]
    places = [f"{one}:8081" for one in (*names, *OWN[:2], *NEIGHBOURS[:3])]
    allowed = [word for one in names for word in ("--allow", f"{one}:8081")]
    one_lab.reached()
    done = one_lab.run(wrapify, "run", *allowed, "python3", "-c", THROUGH, *places)
    assert done.stdout.split() == ["-"] * len(places), done.stderr
    assert one_lab.reached() == set()
    assert done.stderr.count("was not reached: it is not the internet") == len(places)


def test_nothing_is_reached_without_the_proxy(one_lab: Lab, each_bwrap: Wrapify) -> None:
    script = (Path(__file__).parent / "reaching.py").read_text()
    one_lab.reached()
    targets = json.dumps((INTERNET, *OWN, *NEIGHBOURS, *SOCKETS, *NAMES))
    done = one_lab.run(each_bwrap, "run", "-q", "--allow", "internet.test:8081", "python3", "-c", script, targets)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
    assert one_lab.reached() == set()


@pytest.mark.parametrize("victim", ["launcher", "keeper", "bwrap"])
def test_it_ends_with_the_sandbox_whoever_is_killed(one_lab: Lab, wrapify: Wrapify, victim: str) -> None:
    command = ("run", "-q", "--allow", "internet.test", "sh", "-c", "echo on; cat")
    words = one_lab.command(wrapify, str(wrapify.program), *command)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"on\n"
        (keeper,) = children(run.pid)
        every = children(keeper)
        (bwrap,) = (pid for pid in every if name(pid) == "bwrap")
        (proxy,) = (pid for pid in every if pid != bwrap)
        os.kill({"launcher": run.pid, "keeper": keeper, "bwrap": bwrap}[victim], signal.SIGKILL)
        run.wait(20)
    until(lambda: not Path(f"/proc/{proxy}").exists(), "the proxy ends")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--allow", "https://example.com"), "is not a domain"),
        (("--allow", "*"), "is not"),
        (("--allow", "*.com"), "allows a whole top-level domain"),
        (("--allow", "10.0.0.1"), "public internet"),
        (("--allow", "example.com", "--net", "none"), "exclude each other"),
        (("--allow", "example.com", "--net", "host"), "exclude each other"),
    ],
    ids=str,
)
def test_what_cannot_be_allowed(wrapify: Wrapify, words: tuple[str, ...], says: str) -> None:
    done = wrapify("run", *words, "-c", "echo ran")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_the_home_is_seen_only_if_nothing_needs_the_network(wrapify: Wrapify) -> None:
    """The domains are the user's word for the network; the words of the command choose the profile as ever."""
    wrapify.put("notes", "mine\n")
    assert "no home but" in wrapify("run", "--allow", "example.com", "-c", "curl --version >/dev/null").stderr
    said = wrapify("run", "--allow", "example.com", "-c", "cat ~/notes")
    assert (said.stdout, "only example.com: what it reads it can send" in said.stderr) == ("mine\n", True)
