"""The page in words and numbers: everything that the template of the HTML report shows has been decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Outcome, Severity
from mtlsaudit.output.certificate_timeline import Timeline, timeline
from mtlsaudit.output.hop_picture import Picture, draw
from mtlsaudit.output.html_certificates import CertificateRow, certificate_rows, certificates_headline
from mtlsaudit.output.html_coverage import MissingPiece, Row, coverage_rows, fact_rows, missing_pieces, policy_rows
from mtlsaudit.output.html_findings import RuleGroup, RuleOutcomes, Subject, groups, rule_outcomes
from mtlsaudit.output.html_hops import HopRow, hop_rows
from mtlsaudit.output.html_summary import (
    SeverityTally,
    Tally,
    Worst,
    headline,
    no_worst,
    notes,
    severities,
    tallies,
    worst,
)
from mtlsaudit.output.html_words import WORST_FIRST, hop_label
from mtlsaudit.output.source_words import world_meaning
from mtlsaudit.output.trust_html import TrustRow, trust_rows

# Few findings are read in full, so they start unfolded; many are first looked over.
_UNFOLDED = 12
_MISSING = 100


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template needs; it formats and never decides."""

    title: str
    headline: str
    notes: tuple[str, ...]
    modes: tuple[Tally, ...]
    severities: tuple[SeverityTally, ...]
    worst: Worst | None
    no_worst: str
    world: str
    world_meaning: str
    assumptions: tuple[str, ...]
    facts: tuple[Row, ...]
    picture: Picture
    hops: tuple[HopRow, ...]
    findings: tuple[RuleGroup, ...]
    finding_count: int
    unknowns: tuple[RuleGroup, ...]
    unknown_count: int
    missing: tuple[MissingPiece, ...]
    missing_more: int
    trust: tuple[TrustRow, ...]
    certificates: tuple[CertificateRow, ...]
    timeline: Timeline | None
    coverage: tuple[Row, ...]
    resources: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    policy: tuple[Row, ...]
    rules: tuple[RuleOutcomes, ...]
    filter_modes: tuple[str, ...]
    filter_severities: tuple[str, ...]
    unfolded: bool


def page_of(report: Report) -> Page:
    """The report as a page; the same report gives the same page."""
    hop_anchors = {hop.id: f"hop-{number}" for number, hop in enumerate(report.hops, 1)}
    subjects = _subjects(report)
    findings = groups(report, Outcome.FAIL, subjects)
    unknowns = groups(report, Outcome.UNKNOWN, subjects)
    missing = missing_pieces(report)
    modes = Counter(hop.mode for hop in report.hops)
    outcomes = Counter(a.outcome for a in report.assessments)
    files_alone = bool(report.files) and not report.hops
    answer = certificates_headline(report) if files_alone else headline(modes)
    return Page(
        title=f"{answer} – mtlsaudit",
        headline=answer,
        notes=() if files_alone else notes(modes, report),
        modes=tallies(modes),
        severities=severities(report),
        worst=worst(report, subjects),
        no_worst=no_worst(report, outcomes[Outcome.UNKNOWN]),
        world=report.scan.world,
        world_meaning=world_meaning(report),
        assumptions=(*report.scan.notes, *report.scan.assumptions),
        facts=fact_rows(report),
        picture=draw(report.hops),
        hops=hop_rows(report, hop_anchors),
        findings=findings,
        finding_count=outcomes[Outcome.FAIL],
        unknowns=unknowns,
        unknown_count=outcomes[Outcome.UNKNOWN],
        missing=missing[:_MISSING],
        missing_more=max(0, len(missing) - _MISSING),
        trust=trust_rows(report),
        certificates=certificate_rows(report, subjects),
        timeline=timeline(report),
        coverage=coverage_rows(report),
        resources=tuple(Row(kind, f"{n:,}") for kind, n in sorted(report.coverage.resources.items())),
        gaps=tuple(sorted(report.coverage.gaps)),
        policy=policy_rows(report.scan.policy),
        rules=rule_outcomes(report),
        filter_modes=tuple(mode.value for mode in WORST_FIRST if modes[mode]),
        filter_severities=tuple(severity.value for severity in Severity),
        unfolded=outcomes[Outcome.FAIL] + outcomes[Outcome.UNKNOWN] <= _UNFOLDED,
    )


def _subjects(report: Report) -> Callable[[str], Subject]:
    known = {c.id: Subject(c.id, f"certificate-{n}") for n, c in enumerate(report.certificates, 1)}
    known |= {h.id: Subject(hop_label(h), f"hop-{n}", h.mode.value) for n, h in enumerate(report.hops, 1)}
    return lambda subject: known.get(subject) or Subject(subject)
