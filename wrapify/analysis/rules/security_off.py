"""Pure. Rule `security-off`: a protection of this machine is switched off, or a program gets more rights than it had.

Flagged: SELinux, AppArmor, firewalls, auditing, quarantine; setuid bits and capabilities; rights for everybody on
files of the system; wrapify's own guard, policy and trust. Not flagged: looking at them, opening one port.
"""

from __future__ import annotations

from wrapify.analysis.places import normal
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "try it in a sandbox; on this machine only if you know why it is needed"
GUARDS = frozenset(
    "apparmor firewalld ufw iptables ip6tables nftables auditd fail2ban clamav-daemon clamav-freshclam"
    " crowdsec falcon-sensor rsyslog syslog syslog-ng selinux-autorelabel aide ossec wazuh-agent cbdaemon"
    " mdatp osqueryd falco".split()
)
STOPPING = frozenset(("stop", "disable", "mask", "kill"))
SETTINGS = (
    "kernel.randomize_va_space=0",
    "kernel.yama.ptrace_scope=0",
    "kernel.kptr_restrict=0",
    "kernel.unprivileged_bpf_disabled=0",
    "kernel.apparmor_restrict_unprivileged_userns=0",
    "fs.protected_symlinks=0",
    "fs.protected_hardlinks=0",
    "fs.suid_dumpable=",
)


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each protection that is switched off."""
    for by in seen.calls():
        why = _guard(by) or _rights(by)
        if why:
            yield Remark(why, advice=ADVICE, severity="medium", at=by)


def _guard(by: Invocation) -> str:
    plain, line = by.plain(), by.line()
    if (by.name == "wrapify" and _loosens(plain)) or "__wrapify_" in line:
        return "changes what wrapify guards"
    if by.name == "setenforce" and plain[:1] in (["0"], ["Permissive"], ["permissive"]):
        return "switches SELinux off"
    if by.name in ("ufw", "nft", "iptables", "ip6tables", "pfctl", "firewall-cmd", "esxcli"):
        off = plain[:1] in (["disable"], ["reset"]) or (by.name == "nft" and plain[:2] == ["flush", "ruleset"])
        flush = by.name in ("iptables", "ip6tables") and (by.has("-F", "--flush", "-X") or "-P INPUT ACCEPT" in line)
        dropped = (by.name == "pfctl" and by.has("-d")) or "set --enabled false" in line or "--panic-off" in line
        return "switches the firewall off" if off or flush or dropped else ""
    if by.name in ("systemctl", "service", "rc-service", "launchctl") and _stops(plain):
        return "switches a protection of this machine off"
    if by.name in ("aa-disable", "aa-teardown", "aa-complain", "setsebool", "auditctl"):
        return (
            "switches a protection of this machine off"
            if by.name != "auditctl" or by.has("-D") or "-e 0" in line
            else ""
        )
    if by.name == "sysctl" and any(one in line.replace(" ", "") for one in SETTINGS):
        return "switches a protection of the kernel off"
    if by.name in ("spctl", "csrutil", "xattr", "mokutil", "tccutil"):
        off = any(one in line for one in ("disable", "com.apple.quarantine", "-cr", "reset", "-c "))
        return "switches a protection of this machine off" if off and "status" not in line else ""
    if by.name in ("pkill", "killall", "kill") and any(guard in plain for guard in GUARDS):
        return "ends a program that protects this machine"
    if (
        by.name in ("apt", "apt-get", "dnf", "yum", "rpm", "pacman")
        and not GUARDS.isdisjoint(plain[1:])
        and not {"remove", "purge", "erase"}.isdisjoint(plain[:1])
    ):
        return "removes a program that protects this machine"
    return ""


def _stops(plain: list[str]) -> bool:
    words = [word.removesuffix(".service") for word in plain]
    return not GUARDS.isdisjoint(words) and not STOPPING.isdisjoint(words)


def _rights(by: Invocation) -> str:
    plain = by.plain()
    if by.name == "chmod" and plain:
        mode = plain[0]
        digits = mode.lstrip("0") if mode.isdigit() else ""
        special = len(digits) == 4 and digits[0] in "4567" and mode.isdigit()
        symbolic = not mode.isdigit() and "+" in mode and "s" in mode.partition("+")[2]
        if special or symbolic or by.has("u+s", "g+s", "+s"):
            return "lets a program run with the rights of its owner, for everybody"
        if mode in ("777", "0777", "a+rwx", "ugo+rwx", "666", "a+w", "o+w") and any(
            normal(path).startswith(("/etc", "/usr", "/bin", "/lib", "/var", "/boot", "/dev", "/root", "/opt"))
            or normal(path) in ("/", "~")
            for path in plain[1:]
        ):
            return "lets everybody write files of the system"
    if by.name == "setcap" and not by.has("-r") and plain:
        return "gives a program rights of root"
    if by.name in ("echo", "printf") and "NOPASSWD" in by.line():
        return "lets somebody become root without a password"
    return ""


def _loosens(plain: list[str]) -> bool:
    """Tell whether a call of wrapify itself may have less asked about."""
    changing = (["policy", "set"], ["policy", "unset"], ["policy", "edit"], ["policy", "trust"])
    return plain[:1] == ["off"] or plain[:2] in changing
