"""The sdist and the wheel, as a person gets them: built, installed and started, in paths with odd characters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import click
import pyperclip
import pytest
import tomlkit

import wrapify

ROOT = Path(__file__).resolve().parent.parent
MANUAL = ROOT / "wrapify" / "wrapify.1"
LAUNCHER = ROOT / "wrapify" / "launcher.sh"
ODD = """odd "name" $HOME 'x' *"""
# Says how it was started, one argument a line.
STUB = '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n'


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return str(done.stdout)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist: what the sdist lacks is missing in the wheel."""
    out = tmp_path_factory.mktemp("built")
    run(sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel with pip in a fresh venv; the dependencies are copied, so that no network is needed."""
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    venv = tmp_path_factory.mktemp("installed") / ODD
    run(python, "-m", "venv", venv)
    run(venv / "bin" / "python", "-m", "pip", "install", "--no-index", "--no-deps", wheel)
    for module in (click, pyperclip, tomlkit):
        folder = Path(str(module.__file__)).parent
        shutil.copytree(folder, site(venv) / folder.name)
    return venv


def site(venv: Path) -> Path:
    return next(venv.glob("lib/python3*/site-packages"))


def shipped() -> dict[str, Path]:
    """Map where a file lies in site-packages to where it lies in the checkout."""
    found = {path.relative_to(ROOT): path for path in (ROOT / "wrapify").rglob("*")}
    found |= {"wrapify" / path.relative_to(ROOT): path for path in (ROOT / "shell").rglob("*")}
    left_out = {LAUNCHER, MANUAL, ROOT / "shell" / "README.md"}
    return {
        str(name): path
        for name, path in found.items()
        if path.is_file() and path not in left_out and "__pycache__" not in path.parts
    }


def test_every_file_is_installed_byte_for_byte(venv: Path) -> None:
    wrong = [name for name, path in shipped().items() if not same(site(venv) / name, path)]
    assert wrong == []


def same(installed: Path, source: Path) -> bool:
    return installed.is_file() and not installed.is_symlink() and installed.read_bytes() == source.read_bytes()


def test_wheel_ships_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    info = f"wrapify-{wrapify.__version__}"
    extra = {name for name in names if not name.startswith(f"{info}.dist-info/")} - set(shipped())
    assert extra == {f"{info}.data/scripts/wrapify", f"{info}.data/data/share/man/man1/wrapify.1"}
    assert f"{info}.dist-info/licenses/LICENSE" in names


def test_sdist_holds_what_a_packager_needs(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    needed = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/run", "wrapify/launcher.sh"}
    assert needed - names == set()


def test_script_is_the_launcher_and_executable(venv: Path) -> None:
    script = venv / "bin" / "wrapify"
    assert same(script, LAUNCHER)
    assert os.access(script, os.X_OK)
    assert os.access(LAUNCHER, os.X_OK)


def test_manual_is_where_man_looks(venv: Path) -> None:
    assert same(venv / "share/man/man1/wrapify.1", MANUAL)


def test_installed_command_starts(venv: Path, tmp_path: Path) -> None:
    for option in ("--version", "-V"):
        assert run(venv / "bin" / "wrapify", option, cwd=tmp_path) == f"wrapify {wrapify.__version__}\n"


def test_nothing_is_imported_from_the_working_directory_or_the_environment(venv: Path, tmp_path: Path) -> None:
    for name in ("os", "click", "wrapify", "sitecustomize", "usercustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    hostile = {"PYTHONPATH": str(tmp_path), "PYTHONUSERBASE": str(tmp_path), "PYTHONHOME": "/nonexistent"}
    assert run(venv / "bin" / "wrapify", "--version", cwd=tmp_path, env=os.environ | hostile)


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Lay out an environment whose interpreters only say how they were started."""
    prefix = tmp_path / ODD
    script(prefix / "bin" / "wrapify", LAUNCHER.read_text())
    return prefix


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def main_of(prefix: Path, folder: str) -> str:
    script(prefix / "lib" / folder / "wrapify" / "__main__.py", "")
    return f"{prefix}/bin/../lib/{folder}/wrapify/__main__.py"


def test_launcher_needs_no_other_program(layout: Path) -> None:
    python, main = script(layout / "bin" / "python3.11", STUB), main_of(layout, "python3.11/site-packages")
    arguments = ["a  b", "", "*", "$x", "--"]
    # No PATH, hence no fork: a shell's own words are all it has.
    out = run(layout / "bin" / "wrapify", *arguments, env={"PATH": ""})
    assert out.splitlines() == [str(python), "-X", "utf8", "-IS", main, *arguments]


def test_launcher_takes_the_packages_of_its_interpreter(layout: Path) -> None:
    for version in ("python3.11", "python3.12", "python3.13"):
        main_of(layout, f"{version}/site-packages")
    python = script(layout / "bin" / "python3.12", STUB)
    (layout / "bin" / "python3.11").symlink_to("gone")
    assert run(layout / "bin" / "wrapify").splitlines()[:1] == [str(python)]


def test_launcher_follows_links_to_itself(layout: Path, tmp_path: Path) -> None:
    python, main = script(layout / "bin" / "python3.11", STUB), main_of(layout, "python3.11/site-packages")
    links = tmp_path / "li nks\n"
    links.mkdir()
    (links / "absolute\n").symlink_to(layout / "bin" / "wrapify")
    (links / "wrapify").symlink_to("absolute\n")
    expected = [str(python), "-X", "utf8", "-IS", main, "x"]
    assert run(links / "wrapify", "x").splitlines() == expected
    assert run("./wrapify", "x", cwd=links).splitlines() == expected
    assert run("env", f"PATH={links}:{os.environ['PATH']}", "wrapify", "x").splitlines() == expected


@pytest.mark.parametrize("folder", ["python3.99/site-packages", "python3.99/dist-packages"])
def test_launcher_finds_the_interpreter_of_a_user_install(layout: Path, tmp_path: Path, folder: str) -> None:
    main = main_of(layout, folder)
    python = script(tmp_path / "path" / "python3.99", STUB)
    out = run(layout / "bin" / "wrapify", "x", env={"PATH": str(python.parent)})
    assert out.splitlines() == [str(python), "-X", "utf8", "-I", main, "x"]


def test_launcher_asks_the_interpreter_where_an_editable_install_is(layout: Path) -> None:
    python = script(layout / "bin" / "python3", STUB)
    assert run(layout / "bin" / "wrapify", "x").splitlines() == [str(python), "-X", "utf8", "-I", "-m", "wrapify", "x"]
