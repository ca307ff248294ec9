"""What the scan rested on: its facts and policy, what it read, and what it missed."""

from __future__ import annotations

from collections import Counter

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.output.html_words import days, moment


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


def missing_pieces(report: Report) -> tuple[MissingPiece, ...]:
    """What held back most comes first."""
    hops = Counter(gap for hop in report.hops if hop.mode is Mode.UNKNOWN for gap in hop.gaps)
    asked = Counter(gap for a in report.assessments if a.outcome is Outcome.UNKNOWN for gap in a.gaps)
    pieces = [MissingPiece(gap, hops[gap], asked[gap]) for gap in hops.keys() | asked.keys()]
    return tuple(sorted(pieces, key=lambda piece: (-piece.hops - piece.assessments, piece.gap)))


def fact_rows(report: Report) -> tuple[Row, ...]:
    scan = report.scan
    return (
        Row("Scanned", moment(scan.now)),
        Row("Cluster", scan.cluster) if scan.cluster else Row("Sources", ", ".join(scan.sources) or "none"),
        Row("Tool", f"mtlsaudit {report.tool_version}"),
        Row("Rules", f"{len(report.rules):,}, digest {scan.rules_digest[:12]}"),
    )


def coverage_rows(report: Report) -> tuple[Row, ...]:
    coverage = report.coverage
    objects, gaps = (
        Row("Objects", f"{sum(coverage.resources.values()):,}"),
        Row("Gaps", f"{len(coverage.gaps):,}"),
    )
    if report.scan.cluster:
        return objects, gaps
    return (
        Row("Files read", f"{coverage.files:,}"),
        Row("Documents", f"{coverage.documents:,}"),
        objects,
        Row("Templates", f"{coverage.templates:,}"),
        gaps,
    )


def policy_rows(policy: Policy) -> tuple[Row, ...]:
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
