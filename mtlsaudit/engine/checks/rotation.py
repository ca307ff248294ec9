"""The rotation window of the policy: how long a certificate stays before a new one replaces it.

Slack as the policy says (at least a day): certificates that are backdated or a second short must not tip over.
"""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.engine.checks.context import Context
from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome, Verdict

_PASS = Verdict(Outcome.PASS, "")


def _days(subject: Subject, name: str) -> float | Missing:
    value = subject.facts[name]
    if isinstance(value, Missing):
        return value
    assert isinstance(value, int | float)
    return float(value)


def _unknown(missing: Missing, subject: Subject) -> Verdict:
    words = "; ".join(g.reason for g in missing.gaps)
    return Verdict(Outcome.UNKNOWN, f"the rotation of {subject.id} is not known: {words}", (), missing.gaps)


def _slack(policy: Policy, days: float) -> float:
    return max(policy.slack_days, policy.slack_ratio * days)


def too_long(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """The interval between issue and renewal is above the window."""
    days = _days(subject, "renew_after_days")
    if isinstance(days, Missing):
        return _unknown(days, subject)
    limit = context.policy.rotation_max_days
    if days <= limit + _slack(context.policy, limit):
        return _PASS
    words = f"{subject.id} is renewed {days:g} days after its issue; the policy allows {limit:g}"
    return Verdict(Outcome.FAIL, words, subject.evidence_for(("renew_after_days",)))


def too_short(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """The interval is below the window: no danger in itself, but often a mistake."""
    days = _days(subject, "renew_after_days")
    if isinstance(days, Missing):
        return _unknown(days, subject)
    limit = context.policy.rotation_min_days
    if days >= limit - _slack(context.policy, limit):
        return _PASS
    words = f"{subject.id} is renewed {days:g} days after its issue; the policy expects {limit:g} or more"
    return Verdict(Outcome.FAIL, words, subject.evidence_for(("renew_after_days",)))


def lifetime_too_long(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """The interval is fine, but a stolen key would stay valid for longer than the policy allows."""
    days = _days(subject, "lifetime_days")
    if isinstance(days, Missing):
        return _unknown(days, subject)
    limit = context.policy.lifetime_max_days
    if days <= limit + _slack(context.policy, limit):
        return _PASS
    words = f"{subject.id} is valid for {days:g} days; the policy allows {limit:g}"
    return Verdict(Outcome.FAIL, words, subject.evidence_for(("lifetime_days",)))
