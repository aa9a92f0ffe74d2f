"""The wheel and the sdist as others make and install them: the same bytes from anybody, and by uv and pipx."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wrapify
from tests.conftest import need

ROOT = Path(__file__).resolve().parent.parent
EPOCH = "1700000000"
PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


def tool(name: str) -> str:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else need(name)


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIPX_"))}
    done = subprocess.run(command, cwd=cwd, env=clean | env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def copied(place: Path) -> Path:
    shutil.copytree(
        ROOT, place, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "dist", "venv", ".venv")
    )
    return place


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name[0] != "."
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("one")
    words = (sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", place / "out")
    run(*words, cwd=copied(place / "checkout"), SOURCE_DATE_EPOCH=EPOCH)
    return place / "out"


def test_two_builds_are_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """Another directory, other times and permissions of the files, and uv in the place of build."""
    other = copied(tmp_path / "an other" / "check out")
    for path in [other, *other.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
        os.utime(path, (978307200, 978307200))
    words = (tool("uv"), "build", "--offline", "--no-build-isolation", "--python", sys.executable)
    run(*words, "--out-dir", tmp_path / "out", cwd=other, SOURCE_DATE_EPOCH=EPOCH, HOME=str(tmp_path), TZ="Asia/Tokyo")
    assert len(contents(built)) == 2
    assert contents(built) == contents(tmp_path / "out")


@pytest.fixture(scope="module")
def wheels(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and what it depends on: from here on nothing is fetched."""
    place = tmp_path_factory.mktemp("wheels")
    needed = ("click", "pyperclip", "tomlkit")
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", place, *needed, cwd=place)
    shutil.copy(next(built.glob("*.whl")), place)
    return place


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    home.mkdir()
    yield home
    shutil.rmtree(home)


@pytest.mark.parametrize("name", ["uv", "pipx"])
def test_the_wheel_is_installed_by(name: str, wheels: Path, home: Path) -> None:
    wheel = next(wheels.glob("wrapify-*.whl"))
    env = {"HOME": str(home), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    env |= {f"XDG_{kind}_HOME": str(home / f".{kind.lower()}") for kind in ("DATA", "CACHE", "CONFIG", "STATE", "BIN")}
    env["XDG_BIN_HOME"] = env["PIPX_BIN_DIR"] = str(home / ".local/bin")
    env["PIPX_HOME"] = str(home / "pipx")
    if name == "uv":
        words = ["tool", "install", "--offline", "--no-index", "--find-links", str(wheels), "--no-python-downloads"]
    else:
        words = ["install"]
    run(tool(name), *words, "--python", PYTHON, wheel, cwd=home, **env)
    program = home / ".local/bin/wrapify"
    assert run(program, "--version", cwd=home) == f"wrapify {wrapify.__version__}\n"
    assert "wrapify" in run(program, "init", "zsh", cwd=home)
    assert "profile" in run(program, "policy", "show", cwd=home, HOME=str(home))
    run(tool(name), *(["tool", "uninstall"] if name == "uv" else ["uninstall"]), "wrapify", cwd=home, **env)
    assert not program.exists()
