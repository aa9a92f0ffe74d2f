"""Which commands are taken to need a network."""

from __future__ import annotations

import pytest

from wrapify.analysis.needs import needs

YES = """
curl -fsSL https://example.com | sh
sudo apt-get install -y jq
/usr/bin/wget x
git clone https://example.com/x && make -C x
pip install requests
python3 -m pip install x
npm ci
x=$(curl example.com)
bash -c 'wget -q x'
cd /tmp;curl x
exec 3<>/dev/tcp/example.com/80
npx create-react-app a
cargo install ripgrep
pacman -Syu jq
git -C there fetch
if ! command -v jq; then curl -o jq x; fi
DEBIAN_FRONTEND=noninteractive apt-get -y install jq
"""
NO = """
ls -la
echo curling
git status
git log --oneline
npm test
make install
cargo build
python3 setup.py install
./configure && make
apt list
pip list
# curl https://example.com
cat curl.txt
grep -r install .
echo 'curl x' >> .bashrc
printf "wget y"
"""


@pytest.mark.parametrize("text", YES.strip().splitlines())
def test_needs_a_network(text: str) -> None:
    assert needs(text).network


@pytest.mark.parametrize("text", NO.strip().splitlines())
def test_needs_none(text: str) -> None:
    assert not needs(text).network


@pytest.mark.parametrize(
    "text",
    [
        "sudo id",
        "cd x && sudo make install",
        "/usr/bin/doas id",
        "echo x | sudo tee f",
        "su -c id",
        "nohup sudo id",
        "env -i sudo id",
    ],
)
def test_asks_for_root(text: str) -> None:
    assert needs(text).root


@pytest.mark.parametrize(
    "text", ["", "id", "echo sudo id", "pseudo x", "grep sudo f", "# sudo id", "git commit -m 'sudo'"]
)
def test_does_not_ask_for_root(text: str) -> None:
    assert not needs(text).root


def test_takes_anything() -> None:
    for text in ("", "\0", "a" * (3 << 20), "$(" * 100000, "\udcff curl\n"):
        needs(text)
