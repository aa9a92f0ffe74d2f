"""Pure. Every way wrapify can fail, each with its exit code and the hint that helps."""

from __future__ import annotations


class WrapifyError(Exception):
    """Report one failure in one sentence.

    `message` names what failed; `hint` names the command or change that helps. Exit code 125: wrapify itself failed
    and nothing was run on this machine.
    """

    exit_code = 125

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(WrapifyError):
    """Report options that do not fit together."""

    exit_code = 2


class PolicyError(WrapifyError):
    """Report a policy or profile file that cannot be used as it stands."""

    exit_code = 2


class ScriptRefused(WrapifyError):
    """Report a script that is not run at all: empty, cut off, too large, not for its shell."""


class Blocked(WrapifyError):
    """Report a script that the policy of the user or the administrator blocks, in a sandbox too."""

    exit_code = 126


class SandboxUnavailable(WrapifyError):
    """Report that no sandbox can be built on this machine as it is."""


class StateError(WrapifyError):
    """Report a state, cache or runtime directory that cannot be used."""


class BoxBusy(WrapifyError):
    """Report a box that another run is using."""


class BoxMissing(WrapifyError):
    """Report a box that does not exist or cannot be read."""

    exit_code = 2


class CommandMissing(WrapifyError):
    """Report a command that does not exist inside the sandbox."""

    exit_code = 127


class ClipboardUnavailable(WrapifyError):
    """Report a clipboard that this session does not have, or that cannot be read or written."""
