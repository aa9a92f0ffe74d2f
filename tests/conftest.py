"""What every test may ask for: an ordinary user, a fresh home, the installed program, and each bubblewrap in turn.

As root the suite makes a user of its own and runs sandboxes as that user; as an ordinary user it uses that one.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run of CI: what a random one finds is a bug report, not a red build of something else.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

ROOT = Path(__file__).resolve().parent.parent
TEST_USER = "wrapify-test"


@dataclass(frozen=True)
class User:
    """An ordinary user that tests run things as."""

    name: str
    uid: int
    gid: int
    home: Path

    @property
    def drop(self) -> dict[str, Any]:
        """Give the arguments of `subprocess` that make a child this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if os.getuid() == 0 else {}


@dataclass(frozen=True)
class Wrapify:
    """The installed program, run as the test user with a home of its own and nothing else in the environment."""

    program: Path
    user: User
    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        base = {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm"}
        return base | {"USER": self.user.name, "LOGNAME": self.user.name, "SHELL": "/bin/bash"} | self.env | more

    def __call__(self, *words: str, text: str | bytes = b"", **more: Any) -> subprocess.CompletedProcess[str]:
        """Run `wrapify WORDS…` with `text` as its input; `cwd` and `env` may be given."""
        env = self.environment(**more.pop("env", {}))
        data = text.encode() if isinstance(text, str) else text
        options = {"cwd": str(self.home), "timeout": 60, "check": False, "env": env, **self.user.drop, **more}
        done = subprocess.run([str(self.program), *words], input=data, capture_output=True, **options)
        out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def put(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Write a file of the test user's in the home, with the directories that lead to it."""
        path = self.home / name
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        for made in {path, *missing}:
            os.chown(made, self.user.uid, self.user.gid)
        return path

    @property
    def boxes(self) -> Path:
        return self.home / ".local/state/wrapify/boxes"


def need(program: str) -> str:
    """Give the path of a program; without it fail in CI and skip elsewhere."""
    found = shutil.which(program)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{program} is missing: ./tests/run installs it")
    pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="session")
def repo() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def user() -> User:
    if os.getuid() == 0:
        try:
            pwd.getpwnam(TEST_USER)
        except KeyError:
            subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", TEST_USER], check=True)
        entry = pwd.getpwnam(TEST_USER)
    else:
        entry = pwd.getpwuid(os.getuid())
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))


@pytest.fixture(scope="session")
def make_home(user: User) -> Iterator[Callable[[], Path]]:
    """Make fresh homes on a real disk, below the user's own home, and remove them at the end."""
    base = user.home / f".wrapify-test-{os.getpid()}"
    numbers = itertools.count()

    def make() -> Path:
        home = base / str(next(numbers))
        home.mkdir(parents=True)
        for path in (base, home):
            os.chown(path, user.uid, user.gid)
        return home

    yield make
    # The kernel leaves directories of mode 000 in an overlay's work directory.
    subprocess.run(["chmod", "-R", "u+rwX", str(base)], check=False, capture_output=True)
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def home(make_home: Callable[[], Path]) -> Path:
    return make_home()


@pytest.fixture(scope="session")
def wrapify_bin(user: User) -> Path:
    """The installed program. WRAPIFY_TEST_PROGRAM names another one."""
    program = Path(os.environ.get("WRAPIFY_TEST_PROGRAM", "") or Path(sys.executable).parent / "wrapify")
    done = subprocess.run([str(program), "--version"], capture_output=True, check=False, cwd="/", **user.drop)
    assert done.returncode == 0, f"{program} cannot be run by {user.name}: {done.stderr!r}"
    return program


def bubblewraps() -> list[str]:
    """List the bubblewraps to test with: the system's, and the other Debian release's where ./tests/run fetched it."""
    listed = [path for path in os.environ.get("WRAPIFY_TEST_BWRAPS", "").split(":") if path]
    return listed or [found for found in (shutil.which("bwrap"),) if found]


@pytest.fixture
def wrapify(wrapify_bin: Path, user: User, home: Path) -> Wrapify:
    need("bwrap")
    return Wrapify(wrapify_bin, user, home)


@pytest.fixture(params=bubblewraps() or [""], ids=lambda path: "system" if path.startswith("/usr/") else "other")
def each_bwrap(request: pytest.FixtureRequest, wrapify: Wrapify) -> Wrapify:
    """The program with each bubblewrap in turn: both ways to mount an overlay are tested on either Debian release."""
    wrapify.env["WRAPIFY_BWRAP"] = request.param
    return wrapify
