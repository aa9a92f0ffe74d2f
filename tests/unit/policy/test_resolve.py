"""From policy files to a policy: layers, kinds, units, and what is refused with a hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapify.errors import PolicyError
from wrapify.host import Machine
from wrapify.policy import files, quick, resolve
from wrapify.policy.model import GIB, KEYS, KIB, MIB, PROFILES, Key, Policy, Setting

README = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")


def policy(*texts: str) -> Policy:
    return resolve.policy([(f"/file{number}", text.encode()) for number, text in enumerate(texts)])


def test_without_files_the_defaults_hold() -> None:
    assert policy().settings == {key.name: Setting(key.default, "default") for key in KEYS}
    assert policy("", "# nothing\n").settings == policy().settings


def test_later_files_win_key_by_key_and_each_value_knows_its_file() -> None:
    found = policy("shell = 'zsh'\n[limits]\nprocesses = 5\nopen_files = 6", "limits.processes = 7").settings
    assert found["shell"] == Setting("zsh", "/file0")
    assert found["limits.open_files"] == Setting(6, "/file0")
    assert found["limits.processes"] == Setting(7, "/file1")
    assert found["profile"] == Setting("auto", "default")


def test_values_are_read_by_kind() -> None:
    found = policy("shell = 'fish'\nscript.max_size = '1 KiB'")
    assert (found.text("shell"), found.number("script.max_size")) == ("fish", 1024)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("5", 5),
        ("'5'", 5),
        ("'5 B'", 5),
        ("'1kib'", KIB),
        ("' 2  MiB '", 2 * MIB),
        ("'3 gb'", 3 * GIB),
        ("'16 MB'", 16 * MIB),
    ],
)
def test_sizes(written: str, size: int) -> None:
    assert policy(f"script.max_size = {written}").number("script.max_size") == size


BAD = [
    ("profil = 'sealed'", "no key 'profil'", "'profile'"),
    ("[limits]\nprocess = 4", "no key 'limits.process'", "'limits.processes'"),
    ("'' = 1", "no key ''", "did you mean"),
    ("profile = 'seeled'", "no profile 'seeled'", "'sealed'"),
    ("profile = 3", "profile is 3", "text in quotes"),
    ("shell = true", "shell is True", "text in quotes"),
    ("shell = ['bash']", "shell is a list", "text in quotes"),
    ("limits = 5", "no key 'limits'", "did you mean"),
    ("[limits.processes]\nx = 1", "limits.processes is a table", "whole number"),
    ("limits.processes = '5'", "limits.processes is '5'", "whole number"),
    ("limits.processes = 0", "limits.processes is 0", "whole number"),
    ("limits.processes = -1", "limits.processes is -1", "whole number"),
    ("limits.processes = true", "limits.processes is True", "whole number"),
    ("limits.processes = 1.5", "limits.processes is 1.5", "whole number"),
    (f"limits.processes = {1 << 62}", "limits.processes is 4", "whole number"),
    ("script.max_size = '5 XB'", "max_size is '5 XB'", "4 GiB"),
    ("script.max_size = '-5'", "max_size is '-5'", "4 GiB"),
    ("script.max_size = ''", "max_size is ''", "4 GiB"),
    ("script.max_size = '999999999999999 GiB'", "max_size is", "4 GiB"),
    ("script.max_size = 0", "max_size is 0", "4 GiB"),
    ("script.max_size = 2001-01-01", "max_size is datetime", "4 GiB"),
    ("x = ", "not valid TOML", "mend"),
    ("x = 1\nx = 2", "not valid TOML", "mend"),
    (f"x = {'9' * 5000}", "not valid TOML", "mend"),
    (f"x = {'[' * 100_000}", "not valid TOML", "mend"),
    (f"shell = {'[' * 200}{']' * 200}", "shell is a list", "text in quotes"),
    (f"{'.'.join('a' * 300)} = 1", "no key 'a.a'", "did you mean"),
]


@pytest.mark.parametrize(("text", "message", "hint"), BAD, ids=[text[:30] for text, _, _ in BAD])
def test_what_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(PolicyError) as raised:
        policy(text)
    assert raised.value.message.startswith("/file0")
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert len(raised.value.message) < 300


def test_what_is_not_text() -> None:
    with pytest.raises(PolicyError, match=r"not UTF-8 text \(byte 2\)"):
        resolve.policy([("p", b"x \xff")])


toml = st.lists(
    st.sampled_from(
        [
            "limits",
            ".",
            "processes",
            " = ",
            "5",
            "'",
            '"',
            "[",
            "]",
            "{",
            "}",
            "\n",
            "profile",
            "sealed",
            "-",
            "1e9",
            "#",
        ]
    )
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.binary() | toml.map(str.encode) | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_policy_or_an_error(content: bytes) -> None:
    try:
        found = resolve.policy([("p", content)])
    except PolicyError:
        return
    assert set(found.settings) == {key.name for key in KEYS}
    for key in KEYS:
        assert type(found.settings[key.name].value) is type(key.default)


def test_files_are_read_and_both_are_part_of_the_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "ADMINISTRATOR", f"{tmp_path}/admin.toml")
    (tmp_path / "admin.toml").write_text("shell = 'zsh'\nbox.keep_days = 3")
    (tmp_path / "policy.toml").write_text("shell = 'fish'")
    machine = Machine()
    found = files.read_policy(machine, str(tmp_path)).settings
    assert found["shell"] == Setting("fish", f"{tmp_path}/policy.toml")
    assert found["box.keep_days"] == Setting(3, f"{tmp_path}/admin.toml")
    assert [subject[0] for _, subject, _ in machine.records] == [f"{tmp_path}/admin.toml", f"{tmp_path}/policy.toml"]


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path.name)], ids=["folder", "loop"]
)
def test_a_file_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, make) -> None:
    make(tmp_path / "policy.toml")
    with pytest.raises(PolicyError, match="cannot be read"):
        files.read_policy(Machine(), str(tmp_path))


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").symlink_to("/dev/zero")
    with pytest.raises(PolicyError, match="larger than 1 MiB"):
        files.read_policy(Machine(), str(tmp_path))


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "auto"])
def test_every_profile_that_may_be_chosen_ships(name: str) -> None:
    machine = Machine()
    found = files.read_profile(machine, name)
    assert found.name == name
    assert machine.records[0][2] != ()


def test_the_view_holds_every_table() -> None:
    view = files.read_view(Machine())
    assert all((view.read_only, view.environment, view.home_secrets, view.cwd_secrets, view.cwd_keep))
    assert view.read_only["/usr"]


def test_a_pattern_above_a_name_is_a_whole_component() -> None:
    view = files.read_view(Machine())
    folders = [part for entry in (*view.home_secrets, *view.cwd_secrets) for part in entry.split("/")[:-1]]
    assert {part for part in folders if set(part) & set("*?")} <= {"*"}, "the search knows only * there"


def printed(key: Key) -> str:
    """Write a default as the README does."""
    if key.kind != "size":
        return str(key.default)
    sizes = (
        (int(key.default), ""),
        (int(key.default) // KIB, " KiB"),
        (int(key.default) // MIB, " MiB"),
        (int(key.default) // GIB, " GiB"),
    )
    number, unit = [(number, unit) for number, unit in sizes if number][-1]
    return f"{number}{unit}"


def test_the_readme_lists_every_key_with_its_default() -> None:
    table = README[README.index("| key | default |") :].split("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", table, re.MULTILINE)
    families = {key.family: printed(key) if key.family == key.name else "" for key in KEYS}
    assert [(name, default) for name, default, _ in rows] == list(families.items())
    assert all(why for _, _, why in rows)


def test_a_printed_size_reads_back_as_the_same() -> None:
    for key in KEYS:
        if key.kind == "size":
            assert policy(f"{key.name} = '{printed(key)}'").number(key.name) == key.default


def test_the_readme_lists_every_profile() -> None:
    table = README[README.index("| profile | network |") :].split("\n\n")[0]
    assert {f"`{name}`" for name in PROFILES if name != "auto"} == set(re.findall(r"^\| (`\w+`)", table, re.MULTILINE))
