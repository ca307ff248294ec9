"""The first screen of the HTML report: how many hops are mutual, and what is worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Outcome, Severity
from mtlsaudit.output.counting import count
from mtlsaudit.output.html_evidence import place_of
from mtlsaudit.output.html_findings import Badge, Subject, anchors_of, badge, worst_first
from mtlsaudit.output.html_words import MODE_MEANING, WORST_FIRST
from mtlsaudit.output.source_words import no_hops

_OFFERED = "a certificate is presented and nothing here says that the service requires it"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many hops have a mode; `share` is its part of all, in percent."""

    mode: str
    meaning: str
    number: int
    share: float


@dataclass(frozen=True, slots=True)
class SeverityTally:
    badge: Badge
    number: int


@dataclass(frozen=True, slots=True)
class Worst:
    """The finding to look at first."""

    badge: Badge
    message: str
    subject: str
    place: str
    anchor: str
    title: str


def headline(modes: Counter[Mode]) -> str:
    """How many hops are mutual, in one line."""
    total = modes.total()
    if not total:
        return "No hops were found"
    return f"{modes[Mode.MUTUAL]:,} of {count(total, 'hop')} {'is' if total == 1 else 'are'} mutual"


def notes(modes: Counter[Mode], report: Report) -> tuple[str, ...]:
    """What the number alone would hide: the worst mode, and the hops that are neither proven nor refuted."""
    total = modes.total()
    if not total:
        return (f"There was nothing to judge: {no_hops(report)}.",)
    out: list[str] = []
    known = [mode for mode in WORST_FIRST if modes[mode] and mode not in (Mode.MUTUAL, Mode.UNKNOWN)]
    if known:
        out.append(f"Worst: {known[0].value} on {count(modes[known[0]], 'hop')} ({MODE_MEANING[known[0]]}).")
    if modes[Mode.OFFERED]:
        out.append(f"Offered on {count(modes[Mode.OFFERED], 'hop')}: counted apart, because {_OFFERED}.")
    if modes[Mode.UNKNOWN]:
        out.append(f"Unknown on {count(modes[Mode.UNKNOWN], 'hop')}: the input does not say, and that is not a pass.")
    return tuple(out)


def tallies(modes: Counter[Mode]) -> tuple[Tally, ...]:
    """The best mode first, as a bar fills up; modes that no hop has are left out."""
    total = modes.total()
    return tuple(
        Tally(mode.value, MODE_MEANING[mode], modes[mode], round(100 * modes[mode] / total, 3))
        for mode in reversed(WORST_FIRST)
        if modes[mode]
    )


def severities(report: Report) -> tuple[SeverityTally, ...]:
    fails = Counter(a.severity for a in report.assessments if a.outcome is Outcome.FAIL)
    return tuple(SeverityTally(badge(severity), fails[severity]) for severity in Severity)


def worst(report: Report, subjects: Callable[[str], Subject]) -> Worst | None:
    fails = worst_first(report.assessments, Outcome.FAIL)
    if not fails:
        return None
    first = fails[0]
    rule = report.rules.get(first.rule)
    return Worst(
        badge=badge(first.severity),
        message=first.verdict.message,
        subject=subjects(first.subject).label,
        place=place_of(report, first.verdict.evidence[0].site, column=False),
        anchor=anchors_of(report)[id(first)],
        title=rule.title if rule else first.rule,
    )


def no_worst(report: Report, unknown: int) -> str:
    if not report.assessments:
        return "No rule had anything to judge."
    if unknown:
        return f"No rule failed, but {count(unknown, 'question')} could not be answered."
    return "No rule failed."
