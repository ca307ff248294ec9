"""How long a certificate stays before a new one replaces it, against the window of the policy; CAs against their own bounds.

Slack as the policy says (at least a day): certificates that are backdated or a second short must not tip over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mtlsaudit.engine.checks.context import Context
from mtlsaudit.engine.checks.expiry import instant
from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome, Verdict

_PASS = Verdict(Outcome.PASS, "")
_NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE, "")
Params = Mapping[str, float]


def _judge(subject: Subject, name: str, words: Callable[[float], str]) -> Verdict:
    """Fail with the words for the days of a fact, pass where they are empty, unknown where the fact is missing."""
    value = subject.facts[name]
    if isinstance(value, Missing):
        reasons = "; ".join(g.reason for g in value.gaps)
        return Verdict(Outcome.UNKNOWN, f"the rotation of {subject.id} is not known: {reasons}", (), value.gaps)
    assert isinstance(value, int | float)
    said = words(float(value))
    return Verdict(Outcome.FAIL, said, subject.evidence_for((name,))) if said else _PASS


def _days(subject: Subject, name: str) -> float | None:
    value = subject.facts[name]
    return float(value) if isinstance(value, int | float) else None


def _above(policy: Policy, days: float, limit: float) -> bool:
    return days > limit + max(policy.slack_days, policy.slack_ratio * limit)


def too_long(subject: Subject, context: Context, params: Params) -> Verdict:
    """The interval from issue to renewal is above `from` times the window, and not above `to` times (0: without end)."""
    policy = context.policy
    low, high = policy.rotation_max_days * params["from"], policy.rotation_max_days * params["to"]
    bound = _days(subject, "renew_at_most_days")
    if bound is not None and not _above(policy, bound, low):
        return _PASS

    def words(days: float) -> str:
        if not _above(policy, days, low) or (high and _above(policy, days, high)):
            return ""
        return f"{subject.id} is renewed {days:g} days after its issue; the policy allows {policy.rotation_max_days:g}"

    return _judge(subject, "renew_after_days", words)


def too_short(subject: Subject, context: Context, params: Params) -> Verdict:
    """The interval is below the window: no danger in itself, but often a mistake."""
    limit = context.policy.rotation_min_days
    slack = max(context.policy.slack_days, context.policy.slack_ratio * limit)

    def words(days: float) -> str:
        said = f"{subject.id} is renewed {days:g} days after its issue; the policy expects {limit:g} or more"
        return said if days < limit - slack else ""

    return _NOT_APPLICABLE if _loops(subject, 1 / 24, 0.05) else _judge(subject, "renew_after_days", words)


def loops(subject: Subject, context: Context, params: Params) -> Verdict:
    """The certificate is due again as soon as it is issued: within `hours`, or within `share` of its lifetime."""

    def words(days: float) -> str:
        life = _days(subject, "lifetime_days") or 0
        said = f"{subject.id} is due again {days * 24:.1f} hours after its issue, of a lifetime of {life:g} days"
        return said if _loops(subject, params["hours"] / 24, params["share"]) else ""

    return _judge(subject, "renew_after_days", words)


def _loops(subject: Subject, days: float, share: float) -> bool:
    after, life = _days(subject, "renew_after_days"), _days(subject, "lifetime_days")
    return after is not None and life is not None and (after < days or after < share * life)


def lifetime_too_long(subject: Subject, context: Context, params: Params) -> Verdict:
    """The interval is fine, but a stolen key would stay valid for longer than the policy allows."""
    policy = context.policy
    after = _days(subject, "renew_after_days")
    if after is not None and _above(policy, after, policy.rotation_max_days):
        return _NOT_APPLICABLE  # the interval is the cause, and has a rule of its own

    def words(days: float) -> str:
        said = f"{subject.id} is valid for {days:g} days; the policy allows {policy.lifetime_max_days:g}"
        return said if _above(policy, days, policy.lifetime_max_days) else ""

    return _judge(subject, "lifetime_days", words)


def unrotated(subject: Subject, context: Context, params: Params) -> Verdict:
    """Nothing renews it, and it is older than the window allows."""
    policy = context.policy

    def words(days: float) -> str:
        said = (
            f"{subject.id} has been in place for {days:.0f} days, and nothing in the input renews it; the policy allows "
            f"{policy.rotation_max_days:g}"
        )
        return said if _above(policy, days, policy.rotation_max_days) else ""

    return _judge(subject, "age_days", words)


def not_automated(subject: Subject, context: Context, params: Params) -> Verdict:
    """Nothing renews it, although it is young enough yet."""
    policy = context.policy

    def words(days: float) -> str:
        age = f"is {days:.0f} days old" if days >= 0 else f"begins to be valid in {-days:.0f} days"
        said = f"{subject.id} {age} and is managed by nothing in the input: somebody has to remember it"
        return "" if _above(policy, days, policy.rotation_max_days) else said

    return _judge(subject, "age_days", words)


def overdue(subject: Subject, context: Context, params: Params) -> Verdict:
    """The time to renew has passed by more than `grace_hours`, or a quarter of what was left then if that is shorter.

    cert-manager waits up to 32 hours between attempts, so the grace is longer by default. With `ending` 1 it is about
    certificates of whose life less than one part in `part` is left, with 0 about all others.
    """
    due, end = _instant(subject, "renewal_due"), _instant(subject, "not_after")
    if due is None or end is None or context.now > end:
        return _NOT_APPLICABLE
    grace = min(timedelta(hours=params["grace_hours"]), (end - due) / 4)
    late = context.now - due
    if late <= grace:
        return _PASS
    begin = _instant(subject, "not_before")
    ending = begin is not None and end - context.now < (end - begin) / params["part"]
    if ending is not (params["ending"] == 1):
        return _NOT_APPLICABLE  # the other of the two rules tells
    ready = " Its Certificate is Ready=True all the same." if subject.facts["ready"] is True else ""
    words = (
        f"{subject.id} was to be renewed on {due:%Y-%m-%d %H:%M} UTC, {late.total_seconds() / 3600:.0f} hours ago, and ends on "
        f"{end:%Y-%m-%d}.{ready}"
    )
    return Verdict(Outcome.FAIL, words, subject.evidence_for(("renewal_due",)))


def _instant(subject: Subject, name: str) -> datetime | None:
    value = subject.facts[name]
    return instant(value) if isinstance(value, str) and value else None


def ca_too_short(subject: Subject, context: Context, params: Params) -> Verdict:
    """A CA that issues lives no longer than a leaf does."""

    def words(days: float) -> str:
        said = f"{subject.id} is a CA that issuers sign with, and lives for {days:g} days only"
        return "" if _above(context.policy, days, params["days"]) else said

    return _judge(subject, "lifetime_days", words)


def ca_too_long(subject: Subject, context: Context, params: Params) -> Verdict:
    """A CA lives longer than `root_days` or `intermediate_days`."""
    kind = "root" if subject.facts["is_root"] is True else "intermediate"
    limit = params[f"{kind}_days"]

    def words(days: float) -> str:
        said = f"{subject.id} is an {kind} CA" if kind == "intermediate" else f"{subject.id} is a root CA"
        return f"{said} that lives for {days:g} days; {limit:g} are enough" if days > limit + 1 else ""

    return _judge(subject, "lifetime_days", words)


def ca_overlap(subject: Subject, context: Context, params: Params) -> Verdict:
    """A leaf that the CA signed right before its own renewal is still in place when the CA ends."""
    stay = _days(subject, "child_renew_after_days") or 0.0

    def words(days: float) -> str:
        said = (
            f"{subject.id} is renewed {days:g} days before its end, but a certificate under it may stay for {stay:g} days: one "
            "issued just before then is in use when its CA ends"
        )
        return said if days < stay + params["margin_days"] else ""

    return _if_all_seen(subject, _judge(subject, "renew_before_days", words))


def _if_all_seen(subject: Subject, verdict: Verdict) -> Verdict:
    """A pass only where everything was read that the CA may have signed."""
    seen = subject.facts["children_seen"]
    if verdict.outcome is not Outcome.PASS or not isinstance(seen, Missing):
        return verdict
    reasons = "; ".join(g.reason for g in seen.gaps)
    return Verdict(Outcome.UNKNOWN, f"what {subject.id} has signed is not known: {reasons}", (), seen.gaps)


def ca_expiring(subject: Subject, context: Context, params: Params) -> Verdict:
    """A CA that nothing renews ends within `days`, or within the life of what it signs."""
    longest = max(params["days"], _days(subject, "child_lifetime_days") or 0.0)

    def words(days: float) -> str:
        said = f"{subject.id} is a CA that ends in {days:.0f} days, and nothing in the input renews it"
        return said if 0 <= days < longest else ""

    return _if_all_seen(subject, _judge(subject, "remaining_days", words))


def outlives_ca(subject: Subject, context: Context, params: Params) -> Verdict:
    """The certificate ends after a CA above it: it will be refused while it looks valid."""
    policy = context.policy

    def words(days: float) -> str:
        said = f"{subject.id} ends {days:.1f} days after a CA above it, and is worth nothing from then on"
        return said if days > policy.slack_days else ""

    return _judge(subject, "outlives_issuer_days", words)
