"""From a report to a decision: rule, severity, origin, the layers of the policy, and trust."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.analysis.catalogue import CATALOGUE
from wrapify.analysis.model import ORIGINS, SEVERITIES, Finding, Report
from wrapify.errors import PolicyError
from wrapify.policy import resolve
from wrapify.policy.decide import Decision, decide
from wrapify.policy.model import ACTIONS, KEYS, Policy, stricter

ADMIN, USER = "/etc/admin.toml", "/home/u/policy.toml"
DEFAULTS = {"info": "allow", "low": "allow", "medium": "ask", "high": "ask", "critical": "block"}


def policy(user: str = "", admin: str = "") -> Policy:
    layers = [(ADMIN, admin.encode()), (USER, user.encode())]
    return resolve.policy(layers, administrator=ADMIN)


def report(*found: tuple[str, str], origin: str = "paste", facts: tuple[str, ...] = ()) -> Report:
    made = Report(b"some text", origin=origin, shell="bash")
    made.add([Finding(rule, severity, span=(0, 4), why=f"why {rule}", advice="look") for rule, severity in found])
    made.facts = frozenset(facts)
    return made


def decided(found: Report, *, user: str = "", admin: str = "", trusted: bool = False) -> Decision:
    return decide(found, policy(user, admin).actions(), trusted=trusted)


@pytest.mark.parametrize(("origin", "severity"), [*itertools.product(ORIGINS, SEVERITIES)])
def test_the_defaults(origin: str, severity: str) -> None:
    exception = (origin, severity) == ("typed", "medium")
    found = decided(report(("tls-off", severity), origin=origin))
    assert found.action == ("allow" if exception else DEFAULTS[severity])
    assert found.decided_by == f"{'typed' if exception else 'action'}.{severity}, default"
    assert found.why == "why tls-off"


def test_nothing_found_is_allowed_whatever_the_policy() -> None:
    everything = "\n".join(f"{key.name} = 'block'" for key in KEYS if key.kind == "action")
    assert decided(report(), user=everything, admin=everything).action == "allow"


LAYERS = [
    # finding, origin, the user's policy, the administrator's, action, decided by
    ("sudo", "medium", "paste", "rule.sudo='allow'", "", "allow", f"rule.sudo, {USER}"),
    ("sudo", "medium", "paste", "paste.medium='sandbox'", "", "sandbox", f"paste.medium, {USER}"),
    ("sudo", "medium", "paste", "rule.sudo='allow'\npaste.medium='block'", "", "allow", f"rule.sudo, {USER}"),
    ("sudo", "medium", "pipe", "paste.medium='sandbox'", "", "ask", "action.medium, default"),
    ("sudo", "medium", "typed", "action.medium='block'", "", "allow", "typed.medium, default"),
    ("sudo", "high", "typed", "rule.tls-off='block'", "", "ask", "action.high, default"),
    # Sudo in a paste has a key of its own, whose default never undercuts what the user set.
    ("sudo", "medium", "paste", "paste.sudo='allow'", "", "allow", f"paste.sudo, {USER}"),
    ("sudo", "medium", "paste", "paste.sudo='allow'\npaste.medium='block'", "", "allow", f"paste.sudo, {USER}"),
    ("sudo", "medium", "paste", "paste.sudo='block'\nrule.sudo='allow'", "", "allow", f"rule.sudo, {USER}"),
    ("sudo", "medium", "paste", "action.medium='allow'", "", "ask", "paste.sudo, default"),
    ("sudo", "medium", "clipboard", "paste.sudo='block'", "", "ask", "action.medium, default"),
    ("tls-off", "medium", "paste", "paste.sudo='block'", "", "ask", "action.medium, default"),
    # The administrator tightens …
    ("sudo", "medium", "paste", "", "action.medium='sandbox'", "sandbox", f"action.medium, {ADMIN}"),
    ("sudo", "medium", "paste", "rule.sudo='allow'", "rule.sudo='block'", "block", f"rule.sudo, {ADMIN}"),
    ("sudo", "medium", "paste", "rule.sudo='allow'", "action.medium='sandbox'", "sandbox", f"action.medium, {ADMIN}"),
    ("sudo", "medium", "typed", "", "action.medium='ask'", "ask", f"action.medium, {ADMIN}"),
    ("sudo", "medium", "typed", "", "action.medium='ask'\ntyped.medium='allow'", "allow", "typed.medium, default"),
    # … and never loosens.
    ("sudo", "medium", "paste", "", "action.medium='allow'", "ask", "paste.sudo, default"),
    ("sudo", "medium", "paste", "paste.sudo='allow'", "paste.sudo='ask'", "ask", f"paste.sudo, {ADMIN}"),
    ("sudo", "medium", "paste", "paste.sudo='allow'", "paste.medium='sandbox'", "sandbox", f"paste.medium, {ADMIN}"),
    ("sudo", "medium", "paste", "", "paste.sudo='allow'\npaste.medium='block'", "ask", "paste.sudo, default"),
    ("sudo", "critical", "paste", "", "rule.sudo='allow'", "block", "action.critical, default"),
    ("sudo", "medium", "paste", "action.medium='block'", "rule.sudo='ask'", "block", f"action.medium, {USER}"),
    ("sudo", "medium", "paste", "action.medium='block'", "action.medium='sandbox'", "block", f"action.medium, {USER}"),
]


@pytest.mark.parametrize(("rule", "severity", "origin", "user", "admin", "action", "by"), LAYERS)
def test_the_layers(rule, severity, origin, user, admin, action, by) -> None:
    found = decided(report((rule, severity), origin=origin), user=user, admin=admin)
    assert (found.action, found.decided_by) == (action, by)


def test_the_strictest_finding_wins_and_of_equals_the_gravest() -> None:
    found = decided(report(("a", "medium"), ("b", "high"), ("c", "info")))
    assert (found.action, found.why) == ("ask", "why b")
    found = decided(report(("a", "high"), ("tls-off", "low")), user="rule.tls-off = 'block'")
    assert (found.action, found.why, found.decided_by) == ("block", "why tls-off", f"rule.tls-off, {USER}")


@pytest.mark.parametrize(
    ("rule", "severity", "user", "first"),
    [
        ("sudo", "medium", "", False),
        ("sudo", "high", "", True),
        ("sudo", "critical", "", True),
        ("sudo", "critical", "action.critical='ask'", True),
        ("tls-off", "high", "action.high='allow'", False),
        ("download-run", "medium", "", True),
        ("decoded-run", "medium", "", True),
        ("download-run", "low", "", False),
        ("download-run", "info", "rule.download-run='ask'", True),
    ],
)
def test_the_sandbox_comes_first(rule: str, severity: str, user: str, first: bool) -> None:
    assert decided(report((rule, severity)), user=user).sandbox_first is first
    assert decided(report((rule, severity), ("local-run", "info")), user=user).sandbox_first is first


@pytest.mark.parametrize(
    ("user", "admin", "action", "by"),
    [
        ("", "", "allow", "trust in this text, over paste.sudo, default"),
        ("rule.sudo='sandbox'", "", "allow", f"trust in this text, over rule.sudo, {USER}"),
        ("rule.sudo='block'", "", "ask", f"trust in this text, over rule.sudo, {USER}"),
        ("rule.sudo='allow'", "", "allow", f"rule.sudo, {USER}"),
        ("", "rule.sudo='ask'", "ask", f"rule.sudo, {ADMIN}"),
        ("rule.sudo='block'", "rule.sudo='sandbox'", "sandbox", f"rule.sudo, {ADMIN}"),
        ("", "action.medium='block'", "block", f"action.medium, {ADMIN}"),
    ],
)
def test_trust(user: str, admin: str, action: str, by: str) -> None:
    found = decided(report(("sudo", "medium")), user=user, admin=admin, trusted=True)
    assert (found.action, found.decided_by) == (action, by)


def test_what_was_not_read_whole_is_never_allowed_unless_trusted() -> None:
    unread = report(facts=("not-read-whole",))
    assert decided(unread).action == "ask"
    assert decided(unread, trusted=True).action == "allow"
    assert decided(report(("a", "critical"), facts=("not-read-whole",))).action == "block"
    assert decided(report(("a", "low"), facts=("not-read-whole",))).action == "ask"


actions = st.sampled_from(ACTIONS)
NAMES = [key.name for key in KEYS if key.kind == "action"]
layer = st.dictionaries(st.sampled_from(NAMES), actions, max_size=12).map(
    lambda table: "\n".join(f"{name} = '{action}'" for name, action in table.items())
)
findings = st.lists(st.tuples(st.sampled_from(sorted(CATALOGUE)), st.sampled_from(SEVERITIES)), max_size=4)


@given(findings, st.sampled_from(ORIGINS), layer, layer, st.booleans())
def test_an_administrator_only_tightens_and_trust_only_loosens_to_what_is_demanded(found, origin, user, admin, trusted):
    made = report(*found, origin=origin)
    without = decided(made, user=user, trusted=trusted)
    under = decided(made, user=user, admin=admin, trusted=trusted)
    assert not stricter(without.action, under.action)
    untrusted = decided(made, user=user, admin=admin)
    assert not stricter(under.action, untrusted.action)
    if trusted and untrusted.action == "block":
        assert under.action != "allow"


def test_what_a_policy_may_not_say_about_actions() -> None:
    for text, message, hint in (
        ("action.medium = 'aks'", "no action 'aks'", "'ask'"),
        ("rule.sudoo = 'ask'", "no key 'rule.sudoo'", "'rule.sudo'"),
        ("pasted.high = 'ask'", "no key 'pasted.high'", "'paste.high'"),
        ("rule.sudo = ''", "no action ''", "did you mean"),
        ("rule.sudo = 1", "rule.sudo is 1", "text in quotes"),
    ):
        with pytest.raises(PolicyError) as raised:
            policy(text)
        assert message in raised.value.message
        assert hint in raised.value.hint
