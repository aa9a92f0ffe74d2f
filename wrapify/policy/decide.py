"""Pure. From a report and the actions that are set to a decision.

The action of a finding is the first that is set of `rule.ID`, `ORIGIN.ID` (declared is `paste.sudo` alone),
`ORIGIN.SEVERITY` and `action.SEVERITY`. A default counts as set, but that of `ORIGIN.ID` never makes laxer what the
user set about a severity. What the administrator demands is looked up in the same way, among the administrator's own
keys, and holds where it is stricter: neither a user's exception nor a more particular key gets below it. The strictest
finding decides.
"""

from __future__ import annotations

from wrapify.policy.model import ACTIONS, stricter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.model import Finding, Report
    from wrapify.policy.model import Actions

DECODED_OR_LOADED = ("download-run", "decoded-run")
GRAVE = ("high", "critical")
TRUSTED = {"ask": "allow", "sandbox": "allow", "block": "ask"}
"""What trust makes of an action: the way through a block is never one key."""
UNREAD = "not-read-whole"


class Decision:
    """Hold what is to be done with a text.

    `action` is one of ACTIONS; `sandbox_first` says that the sandbox is the first choice to offer. `why` is one
    sentence, `decided_by` names the key and where its value comes from.
    """

    __slots__ = ("action", "decided_by", "sandbox_first", "why")

    def __init__(self, action: str, *, why: str, decided_by: str, sandbox_first: bool = False) -> None:
        self.action = action
        self.why = why
        self.decided_by = decided_by
        self.sandbox_first = sandbox_first


def decide(report: Report, actions: Actions, *, trusted: bool) -> Decision:
    """Decide what is to be done with a text. `trusted`: the user trusts exactly this one."""
    ones = [_for_finding(finding, actions, origin=report.origin, trusted=trusted) for finding in report.findings]
    if UNREAD in report.facts and not trusted:
        ones.append(Decision("ask", why="it was not read to its end", decided_by="what is not read is not allowed"))
    if not ones:
        return Decision("allow", why="nothing was found", decided_by="no key is asked")
    strictest = max(ones, key=lambda one: ACTIONS.index(one.action))
    strictest.sandbox_first = any(one.sandbox_first for one in ones)
    return strictest


def _for_finding(finding: Finding, actions: Actions, *, origin: str, trusted: bool) -> Decision:
    severities = (f"{origin}.{finding.severity}", f"action.{finding.severity}")
    keys = (f"rule.{finding.rule}", f"{origin}.{finding.rule}", *severities)
    action, by = _own(keys, actions.own)
    if trusted and action in TRUSTED:
        action, by = TRUSTED[action], f"trust in this text, over {by}"
    demand, of_whom = _first(keys, actions.demands)
    if stricter(demand, action):
        action, by = demand, of_whom
    grave = finding.severity in GRAVE or finding.rule in DECODED_OR_LOADED
    first = grave and stricter(action, ACTIONS[0])
    return Decision(action, why=finding.why, decided_by=by, sandbox_first=first)


def _own(keys: tuple[str, ...], table: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Give the action that the user set, or the default, and "KEY, SOURCE"."""
    found = _first(keys, table)
    _, particular, *severities = keys
    wider = _first(tuple(severities), table)
    return wider if found[1] == f"{particular}, default" and stricter(wider[0], found[0]) else found


def _first(keys: tuple[str, ...], table: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Give the first action that is set and "KEY, SOURCE"; two empty texts if none is."""
    for key in keys:
        if key in table:
            return table[key][0], f"{key}, {table[key][1]}"
    return "", ""
