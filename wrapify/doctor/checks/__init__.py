"""Pure. The checks of `wrapify doctor`, in the order in which they are told."""

from __future__ import annotations

from wrapify.doctor.checks import clipboard, files, network, sandbox, shell
from wrapify.doctor.verdict import Check

CHECKS = (
    Check("system", "sandbox", sandbox.system),
    Check("bubblewrap", "sandbox", sandbox.bubblewrap),
    Check("namespaces", "sandbox", sandbox.namespaces),
    Check("a run", "sandbox", sandbox.run),
    Check("copy-on-write", "sandbox", sandbox.copy_on_write),
    Check("fake root", "sandbox", sandbox.fake_root),
    Check("limits", "sandbox", sandbox.limits),
    Check("signals", "sandbox", sandbox.signals),
    Check("carrier", "network", network.carrier),
    Check("tun", "network", network.tun),
    Check("internet", "network", network.internet),
    Check("names", "network", network.names),
    Check("policy", "files", files.policy),
    Check("directories", "files", files.directories),
    Check("space", "files", files.space),
    Check("program", "shell", shell.program),
    Check("hook", "shell", shell.hook),
    Check("pastes", "shell", shell.pastes),
    Check("prefix", "shell", shell.prefix),
    Check("other shells", "shell", shell.others),
    Check("terminal", "shell", shell.terminal),
    Check("clipboard", "clipboard", clipboard.clipboard),
    Check("notices", "clipboard", clipboard.notices),
)
"""Each has a good and a bad machine in tests/unit/doctor/machines.py."""
