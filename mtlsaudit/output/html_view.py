"""The page in words and numbers: everything that the template of the HTML report shows has been decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome, Severity
from mtlsaudit.output.certificate_timeline import Timeline, timeline
from mtlsaudit.output.hop_picture import Picture, draw
from mtlsaudit.output.html_certificates import CertificateRow, certificate_rows
from mtlsaudit.output.html_evidence import place_of
from mtlsaudit.output.html_findings import (
    Badge,
    RuleGroup,
    RuleOutcomes,
    Subject,
    anchors_of,
    badge,
    groups,
    rule_outcomes,
    worst_first,
)
from mtlsaudit.output.html_hops import HopRow, hop_rows
from mtlsaudit.output.html_words import (
    MODE_MEANING,
    WORLD_MEANING,
    WORST_FIRST,
    count,
    days,
    hop_label,
    moment,
)

# Few findings are read in full, so they start unfolded; many are first looked over.
_UNFOLDED = 12
_MISSING = 100


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


@dataclass(frozen=True, slots=True)
class MissingPiece:
    """Something that was not seen, and how many hops and rules it kept from an answer."""

    gap: Gap
    hops: int
    assessments: int


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: str


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
    missing = _missing(report)
    modes = Counter(hop.mode for hop in report.hops)
    outcomes = Counter(a.outcome for a in report.assessments)
    headline = _headline(modes)
    return Page(
        title=f"{headline} – mtlsaudit",
        headline=headline,
        notes=_notes(modes),
        modes=tuple(_tally(mode, modes) for mode in reversed(WORST_FIRST) if modes[mode]),
        severities=_severities(report),
        worst=_worst(report, subjects),
        no_worst=_no_worst(report, outcomes[Outcome.UNKNOWN]),
        world=report.scan.world,
        world_meaning=WORLD_MEANING.get(report.scan.world, ""),
        assumptions=report.scan.assumptions,
        facts=_facts(report),
        picture=draw(report.hops),
        hops=hop_rows(report, hop_anchors),
        findings=findings,
        finding_count=outcomes[Outcome.FAIL],
        unknowns=unknowns,
        unknown_count=outcomes[Outcome.UNKNOWN],
        missing=missing[:_MISSING],
        missing_more=max(0, len(missing) - _MISSING),
        certificates=certificate_rows(report, subjects),
        timeline=timeline(report.certificates, report.scan.now),
        coverage=_coverage(report),
        resources=tuple(Row(kind, f"{n:,}") for kind, n in sorted(report.coverage.resources.items())),
        gaps=tuple(sorted(report.coverage.gaps)),
        policy=_policy(report.scan.policy),
        rules=rule_outcomes(report),
        filter_modes=tuple(mode.value for mode in WORST_FIRST if modes[mode]),
        filter_severities=tuple(severity.value for severity in Severity),
        unfolded=outcomes[Outcome.FAIL] + outcomes[Outcome.UNKNOWN] <= _UNFOLDED,
    )


def _subjects(report: Report) -> Callable[[str], Subject]:
    known = {c.id: Subject(c.id, f"certificate-{n}") for n, c in enumerate(report.certificates, 1)}
    known |= {h.id: Subject(hop_label(h), f"hop-{n}", h.mode.value) for n, h in enumerate(report.hops, 1)}
    return lambda subject: known.get(subject) or Subject(subject)


def _headline(modes: Counter[Mode]) -> str:
    total = modes.total()
    if not total:
        return "No hops were found"
    return f"{modes[Mode.MUTUAL]:,} of {count(total, 'hop')} {'is' if total == 1 else 'are'} mutual"


def _notes(modes: Counter[Mode]) -> tuple[str, ...]:
    total = modes.total()
    if not total:
        return ("Nothing in the input leads from a client to a service, so there was nothing to judge.",)
    notes: list[str] = []
    known = [mode for mode in WORST_FIRST if modes[mode] and mode not in (Mode.MUTUAL, Mode.UNKNOWN)]
    if known:
        worst = known[0]
        notes.append(f"Worst: {worst.value} on {count(modes[worst], 'hop')} ({MODE_MEANING[worst]}).")
    if modes[Mode.OFFERED]:
        notes.append(f"Offered on {count(modes[Mode.OFFERED], 'hop')}: counted apart, because {_OFFERED}.")
    if modes[Mode.UNKNOWN]:
        notes.append(f"Unknown on {count(modes[Mode.UNKNOWN], 'hop')}: the input does not say, and that is not a pass.")
    return tuple(notes)


_OFFERED = "a certificate is presented and nothing here says that the service requires it"


def _tally(mode: Mode, modes: Counter[Mode]) -> Tally:
    return Tally(mode.value, MODE_MEANING[mode], modes[mode], round(100 * modes[mode] / modes.total(), 3))


def _severities(report: Report) -> tuple[SeverityTally, ...]:
    fails = Counter(a.severity for a in report.assessments if a.outcome is Outcome.FAIL)
    return tuple(SeverityTally(badge(severity), fails[severity]) for severity in Severity)


def _worst(report: Report, subjects: Callable[[str], Subject]) -> Worst | None:
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


def _no_worst(report: Report, unknown: int) -> str:
    if not report.assessments:
        return "No rule had anything to judge."
    if unknown:
        return f"No rule failed, but {count(unknown, 'question')} could not be answered."
    return "No rule failed."


def _missing(report: Report) -> tuple[MissingPiece, ...]:
    """What held back most comes first."""
    hops = Counter(gap for hop in report.hops if hop.mode is Mode.UNKNOWN for gap in hop.gaps)
    asked = Counter(gap for a in report.assessments if a.outcome is Outcome.UNKNOWN for gap in a.verdict.gaps)
    pieces = [MissingPiece(gap, hops[gap], asked[gap]) for gap in hops.keys() | asked.keys()]
    return tuple(sorted(pieces, key=lambda piece: (-piece.hops - piece.assessments, piece.gap)))


def _facts(report: Report) -> tuple[Row, ...]:
    scan = report.scan
    rows = [
        Row("Scanned", moment(scan.now)),
        Row("Sources", ", ".join(scan.sources) or "none"),
        Row("Tool", f"mtlsaudit {report.tool_version}"),
        Row("Rules", f"{len(report.rules):,}, digest {scan.rules_digest[:12]}"),
    ]
    return tuple(rows)


def _coverage(report: Report) -> tuple[Row, ...]:
    coverage = report.coverage
    return (
        Row("Files read", f"{coverage.files:,}"),
        Row("Documents", f"{coverage.documents:,}"),
        Row("Objects", f"{sum(coverage.resources.values()):,}"),
        Row("Templates", f"{coverage.templates:,}"),
        Row("Gaps", f"{len(coverage.gaps):,}"),
    )


def _policy(policy: Policy) -> tuple[Row, ...]:
    overridden = (f"{rule} is {severity}" for rule, severity in sorted(policy.severities.items()))
    classes = (f"{name} is {controller}" for name, controller in sorted(policy.ingress_classes.items()))
    return (
        Row("Rotation at the soonest", days(policy.rotation_min_days)),
        Row("Rotation at the latest", days(policy.rotation_max_days)),
        Row("Longest lifetime", days(policy.lifetime_max_days)),
        Row("Slack", f"{days(policy.slack_days)} or {policy.slack_ratio:.0%} of the lifetime"),
        Row("Disabled rules", ", ".join(policy.disabled) or "none"),
        Row("Severities changed", ", ".join(overridden) or "none"),
        Row("Skipped paths", ", ".join(policy.skip) or "none"),
        Row("Secrets assumed", policy.assume_secrets or "nothing"),
        Row("Controller assumed", policy.assume_controller or "nothing"),
        Row("Ingress classes", ", ".join(classes) or "none given"),
    )
