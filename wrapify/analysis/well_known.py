"""Pure. Hosts that commands are copied from and download from, and what tells a name that only looks like one."""

from __future__ import annotations


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# Domains as they are registered. A new one is a word here.
DOMAINS = _words(
    "alpinelinux.org amazon.com amazonaws.com anaconda.com anaconda.org ansible.com apache.org apple.com archlinux.org"
    " astral.sh atlassian.com azure.com bitbucket.org bitwarden.com brew.sh bun.sh bunny.net centos.org chocolatey.org"
    " cloudflare.com cloudfront.net codeberg.org conda.io cpan.org crates.io debian.org deno.com deno.land"
    " digitalocean.com docker.com docker.io dropbox.com elastic.co fastly.com fedoraproject.org freebsd.org"
    " gcr.io gentoo.org getcomposer.org ghcr.io git-scm.com github.com github.io githubusercontent.com gitlab.com"
    " gitlab.io gnu.org golang.org google.com googleapis.com gradle.org grafana.com hashicorp.com helm.sh heroku.com"
    " homebrew.sh huggingface.co jenkins.io jetbrains.com jsdelivr.net k3s.io kernel.org kubernetes.io launchpad.net"
    " linuxmint.com maven.org microsoft.com mongodb.com mozilla.org mysql.com netlify.com nginx.org nixos.org"
    " nodejs.org nodesource.com npmjs.com npmjs.org nvidia.com ohmyz.sh ollama.com openai.com opensuse.org oracle.com"
    " packagist.org paypal.com pnpm.io postgresql.org pypa.io pypi.org python.org pythonhosted.org pytorch.org quay.io"
    " raspberrypi.com redhat.com ruby-lang.org rubygems.org rust-lang.org rustup.rs rvm.io sdkman.io slack.com"
    " sourceforge.net stackoverflow.com tailscale.com terraform.io ubuntu.com unpkg.com vercel.com visualstudio.com"
    " vscode.dev wikipedia.org yarnpkg.com youtube.com zoom.us"
)

SHORTENERS = _words(
    "adf.ly bit.do bit.ly buff.ly cutt.ly git.io goo.gl is.gd lnkd.in ow.ly rb.gy rebrand.ly s.id shorturl.at t.co t.ly"
    " tiny.cc tinyurl.com trib.al v.gd"
)

# Names under which a country's registry sells names: `google.co.uk` is one registered name.
SECOND_LEVEL = _words("ac co com edu gov net org")
# What comes from here is the network's own affair: `pypi.org.proxy.corp` is somebody's mirror.
PRIVATE = _words("corp home intranet internal lan local localdomain localhost")
# Endings that belong to nobody or to another country, one slip away from `com`.
SLIPS = _words("cm om con comm cpm")
# Words that stand in the way: names that differ by one letter from a well-known one, and are others'.
OTHERS = _words("goole oracles")
SHORTEST = 6  # letters of a name, from which on one letter's difference is a slip and not another word

# Figures and pairs of letters that are drawn like a letter. A name is read in each way that one of them gives.
FIGURES = ({48: "o", 49: "l", 51: "e", 53: "s"}, {48: "o", 49: "i", 51: "e", 53: "s"})  # 0, 1, 3 and 5
DRAWN = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def registered(labels: list[str]) -> int:
    """Give the index of the label at which the registered name of a host begins."""
    foreign = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    return max(0, len(labels) - (3 if foreign else 2))


def borrowed(labels: list[str]) -> str:
    """Give the well-known name that stands in front of a host of somebody else, or ""."""
    own = registered(labels)
    if labels[-1] in PRIVATE or ".".join(labels[own:]) in DOMAINS:
        return ""
    pairs = (f"{labels[at]}.{labels[at + 1]}" for at in range(own - 1))
    glued = (label for label in labels if "-" in label)
    return next((pair for pair in pairs if pair in DOMAINS), "") or next(filter(None, map(_glued, glued)), "")


def _glued(label: str) -> str:
    """Read `github-com` and `github-com-login` as the name they look like."""
    words = label.split("-")
    pairs = (f"{words[at]}.{words[at + 1]}" for at in range(len(words) - 1))
    return next((pair for pair in pairs if pair in DOMAINS and pair.endswith(".com")), "")


def drawn_like(domain: str) -> str:
    """Give the well-known domain that is drawn like this one: with figures for letters, or two letters for one."""
    if domain in DOMAINS:
        return ""
    name, _, ending = domain.partition(".")
    readings = {name, *(name.replace(pair, letter) for pair, letter in DRAWN)}
    readings |= {one.translate(figures) for one in readings for figures in FIGURES}
    return next((like for one in sorted(readings) if (like := f"{one}.{ending}") in DOMAINS), "")


def near(domain: str) -> str:
    """Give the well-known domain from which this one differs by one letter, or by a slip in its ending."""
    name, _, ending = domain.partition(".")
    if domain in DOMAINS or name in OTHERS or len(name) < SHORTEST - 1:
        return ""
    if ending in SLIPS and f"{name}.com" in DOMAINS and len(name) >= SHORTEST:
        return f"{name}.com"
    known = (one for one in DOMAINS if one.endswith(f".{ending}") and _one_apart(name, one[: -len(ending) - 1]))
    return min(known, default="")


def _one_apart(name: str, known: str) -> bool:
    if len(known) < SHORTEST or abs(len(name) - len(known)) > 1:
        return False
    head = next(
        (at for at, (one, other) in enumerate(zip(name, known, strict=False)) if one != other),
        min(len(name), len(known)),
    )
    one, other = name[head:], known[head:]
    swapped = one[:2] == other[:2][::-1] and one[2:] == other[2:]
    return one[1:] == other[1:] or one == other[1:] or one[1:] == other or swapped
