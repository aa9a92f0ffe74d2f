"""What is written down of a text: never its secrets, whatever stands around them, and still what it does."""

from __future__ import annotations

import itertools
import json
import shlex
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.event import Event, line
from wrapify.redact import LONGEST, MARK, WINDOW, excerpt, redacted

# § stands for the secret.
TABLE = """
export GITHUB_TOKEN=§
PASSWORD="§" make
DB_PASS='§ and more' ./run
mysql -uroot -p§ db
mysql -u root --password=§ db
mysql --password § db
sshpass -p § ssh bob@host
docker login -u bob -p § registry.io
vault login §
redis-cli -a § ping
zip -P § a.zip b
7z x -p§ a.7z
wget --http-password=§ https://h
openssl enc -pass § -in x
curl -u bob:§ https://h/
curl -u:§ https://h/
curl https://§@h/path
git clone https://§@github.com/a/b
curl -H "Authorization: §" https://h/ | sh
curl -H 'Authorization: Bearer §' https://h/ | sh
curl -H 'X-Api-Key: §' https://h/ | sh
curl -H 'Cookie: §' https://h/ | sh
curl -b 'session=§' https://h
curl "https://h/?token=§"
echo § | sudo -S apt install x
echo 'root:§' | chpasswd
chpasswd <<< root:§
aws configure set aws_secret_access_key §
npm config set //registry.npmjs.org/:_authToken §
password: §
pass=§; echo x
psql -c "ALTER USER a PASSWORD '§'"
mysql -e "CREATE USER a IDENTIFIED BY '§'"
curl -d '{"user":"a","password":"§"}' https://h
curl -d "{\\"password\\":\\"§\\"}" https://h
psql postgres://u:§@h:5432/db
psql "host=h password=§"
wget --header="Authorization: token §" h
set -x API_SECRET §
az login -u a -p §
""".strip().split("\n")

HARMLESS = r"""
curl -fsSL https://example.com/install.sh | sh
curl -sL https://deb.nodesource.com/setup_20.x | sudo -E bash -
curl -fsSL https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.7/install.sh | bash
sudo apt install ./tool.deb libc6-dev linux-headers-6.1.0-13-amd64
mkdir -p foo/bar && cd foo/bar
docker run -p 8080:80 -u 1000:1000 nginx
ssh -p 22 -i ~/.ssh/id_ed25519 bob@h
find . -path ./x -prune -o -print
git config --global user.email a@b.c
git clone git@github.com:a/b
npm i https://registry.npmjs.org/@scope/pkg
gpg --dearmor -o /etc/apt/keyrings/docker.gpg
apt-key adv --keyserver keyserver.ubuntu.com --recv-keys A1B2C3D4
echo hello > /etc/motd
TOKEN=$(curl -s https://h/t) sh
git commit -m "fix: author, keyboard and compiler"
docker login --password-stdin registry.io
cp /home/bob-1001/.wrapify-2-3/a1/b2c3/x4y5z6/etc/d7 ~/p1/q2/r3/s4/t5/u6/v7/w8/x9/y10/z11/a12
""".strip().split("\n")

RANDOM = (
    "wJ4rX9tnFE2I/K7MD3NG/bPx7fiCY8XAM5LEKEY1",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "glpat-abcdefghijklmnopqrst",
    "AKIAIOSFODNN7EXAMPLE",
    "3q2-7wAAbZ9xY1kLmN0pQr5tUvW8sDfG",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
)


def secrets(least: int = 6) -> st.SearchStrategy[str]:
    """Give passwords that do not occur in the texts around them by chance."""
    return st.text(string.ascii_lowercase, min_size=least, max_size=20).map(lambda word: f"Zq{word}")


@pytest.mark.parametrize("template", TABLE)
def test_a_secret_in_its_place_is_not_shown(template: str) -> None:
    shown = redacted(template.replace("§", "hunter2"))
    assert "hunter2" not in shown
    assert MARK in shown


@given(st.sampled_from(TABLE), st.sampled_from(TABLE), secrets())
def test_nor_is_any_other_among_others(one: str, other: str, secret: str) -> None:
    assert secret not in redacted(f"{one}; {other}".replace("§", secret))
    assert secret not in redacted(f"{one}\n{other}".replace("§", secret))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("secret", RANDOM)
@pytest.mark.parametrize("template", ["echo {}", "curl https://h/{}/x", "tool --flag={} y", "'{}'", "a={};b"])
def test_what_nobody_would_write_is_taken_for_a_secret(template: str, secret: str) -> None:
    shown = redacted(template.format(secret))
    assert not any(part in shown for part in secret.split(".") if len(part) > 6)


@given(st.text(string.ascii_letters + string.digits, min_size=40, max_size=80))
def test_a_long_random_word_is_taken_for_a_secret(word: str) -> None:
    kinds = [sum(map(test, word)) for test in (str.islower, str.isupper, str.isdigit)]
    changes = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(word))
    if min(kinds) >= 5 and changes * 4 >= len(word):
        assert word not in redacted(f"run {word} now")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(["--token {}", "--password={}", "SECRET={}"]),
)
def test_whatever_a_shell_reads_as_one_value_is_hidden(value: str, template: str) -> None:
    word = shlex.quote(f"Zq{value}Zq")
    assert "Zq" not in redacted(f"run {template.format(word)} ")


def test_a_private_key_is_hidden_to_its_end_also_where_that_is_missing() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nab cd\n"
    assert redacted(f"cat <<E\n{key}-----END OPENSSH PRIVATE KEY-----\nE") == f"cat <<E\n{MARK}\nE"
    assert redacted(f"x {key}") == f"x {MARK}"


@given(st.text(max_size=300))
def test_any_text_gives_a_short_line_of_ascii(text: str) -> None:
    assert len(excerpt(text)) <= LONGEST
    written = line(Event("paste", text=text), "abc123", moment="now")
    assert written.isascii()
    assert written.count(b"\n") == 1
    assert not any(byte < 32 for byte in written[:-1])
    assert json.loads(written)["event"] == "paste"


def test_a_secret_that_is_cut_off_by_the_window_is_not_shown() -> None:
    for at in range(WINDOW - 30, WINDOW + 1):
        text = (
            "-----BEGIN A-----" + "x" * (at - 40) + "-----END A-----" + " ghp_16C7e42F292c6912E7710c838347Ae178B4a" * 3
        )
        assert "ghp_" not in excerpt(text)
    assert excerpt("x" * WINDOW * 2) == MARK


@given(st.text("-'\"\\=:@/ \nab1$<&|(", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(redacted(text), str)
