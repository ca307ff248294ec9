"""Rotation as the history has seen it: a certificate stayed at least until it was last seen, at most until the next issue."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.engine.checks.context import Context
from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.verdict import Outcome, Verdict


def interval_too_long(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """An earlier certificate was kept for longer than the window of the policy."""
    stayed, interval = subject.facts["stayed_days"], subject.facts["interval_days"]
    if isinstance(stayed, Missing) or isinstance(interval, Missing):
        gaps = tuple(g for fact in (stayed, interval) if isinstance(fact, Missing) for g in fact.gaps)
        return Verdict(Outcome.UNKNOWN, f"the rotation of {subject.facts['key']} was not seen", (), gaps)
    assert isinstance(stayed, float)
    assert isinstance(interval, float)
    limit = context.policy.rotation_max_days
    allowed = limit + max(context.policy.slack_days, context.policy.slack_ratio * limit)
    name = subject.facts["key"]
    if stayed > allowed:
        words = f"{name} kept one certificate for {stayed:g} days or more; the policy allows {limit:g}"
        return Verdict(Outcome.FAIL, words, subject.evidence_for(("stayed_days",)))
    if interval <= allowed:
        return Verdict(Outcome.PASS, "")
    reason = f"{name} had issues {interval:g} days apart, and it was not scanned often enough to tell whether there were others between"
    return Verdict(Outcome.UNKNOWN, reason, (), (Gap("seen-too-seldom", subject.id, reason),))
