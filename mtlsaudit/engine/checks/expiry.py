"""Validity against the clock of the scan (RFC 5280 §4.1.2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from mtlsaudit.engine.checks.context import Context
from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.model.verdict import Outcome, Verdict

_PASS = Verdict(Outcome.PASS, "")


def _instant(subject: Subject, name: str) -> datetime | Missing:
    value = subject.facts[name]
    if isinstance(value, Missing):
        return value
    assert isinstance(value, str)
    return instant(value)


@lru_cache(maxsize=1 << 14)
def instant(written: str) -> datetime:
    """The time of a fact, in UTC. Several rules ask for the same one of some thousand subjects, one rule after the other."""
    return datetime.fromisoformat(written).astimezone(UTC)


def _unknown(missing: Missing, subject: Subject) -> Verdict:
    words = "; ".join(g.reason for g in missing.gaps)
    return Verdict(Outcome.UNKNOWN, f"validity of {subject.id} is not known: {words}", (), missing.gaps)


def _fail(subject: Subject, name: str, words: str) -> Verdict:
    return Verdict(Outcome.FAIL, words, subject.evidence_for((name,)))


def expired(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """notAfter has passed."""
    end = _instant(subject, "not_after")
    if isinstance(end, Missing):
        return _unknown(end, subject)
    if context.now <= end:
        return _PASS
    ready = "; its Certificate is Ready=True all the same" if subject.facts["ready"] is True else ""
    words = f"{subject.id} expired on {end:%Y-%m-%d}, {(context.now - end).days} days ago{ready}"
    return _fail(subject, "not_after", words)


def not_yet_valid(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """notBefore is still to come."""
    begin = _instant(subject, "not_before")
    if isinstance(begin, Missing):
        return _unknown(begin, subject)
    if context.now + timedelta(minutes=params["slack_minutes"]) >= begin:
        return _PASS
    return _fail(subject, "not_before", f"{subject.id} is valid from {begin:%Y-%m-%d} on only")


def expiring(subject: Subject, context: Context, params: Mapping[str, float]) -> Verdict:
    """A certificate that nothing renews ends within `days`, or a third of its lifetime where that is shorter."""
    end, begin = _instant(subject, "not_after"), _instant(subject, "not_before")
    if isinstance(end, Missing) or isinstance(begin, Missing):
        return _unknown(end if isinstance(end, Missing) else begin, subject)  # type: ignore[arg-type]
    left = end - context.now
    limit = min(timedelta(days=params["days"]), (end - begin) / 3)
    if left >= limit or left < timedelta(0):
        return _PASS
    words = f"{subject.id} expires on {end:%Y-%m-%d}, in {left.days} days, and nothing in the input renews it"
    return _fail(subject, "not_after", words)
