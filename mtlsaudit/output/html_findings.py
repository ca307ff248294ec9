"""Findings and unknowns, grouped by rule, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Rule
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Assessment, Outcome, Severity
from mtlsaudit.output.html_evidence import EvidenceView, evidence_view
from mtlsaudit.output.html_prose import Block, blocks_of
from mtlsaudit.output.html_words import SHAPES


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about. `anchor` is empty where the page has no row for it, `mode` where it is not a hop."""

    label: str
    anchor: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A severity as a word and a shape, because colour alone tells nothing to many people."""

    word: str
    shape: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One assessment. `place` is its first evidence, for the line that is always visible."""

    anchor: str
    badge: Badge
    outcome: str
    subject: Subject
    message: str
    place: str
    evidence: tuple[EvidenceView, ...]
    gaps: tuple[Gap, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reference:
    """`link` says whether it may become a link: only http and https may."""

    text: str
    link: bool


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A rule and the assessments of one outcome that it gave; `more` is how many of them the page leaves to the JSON report."""

    anchor: str
    rule: str
    title: str
    badge: Badge
    confidence: str
    why: tuple[Block, ...]
    remedy: tuple[Block, ...]
    references: tuple[Reference, ...]
    controls: tuple[str, ...]
    findings: tuple[FindingView, ...]
    more: int = 0

    @property
    def total(self) -> int:
        """Shown or not."""
        return len(self.findings) + self.more


@dataclass(frozen=True, slots=True)
class RuleOutcomes:
    """How often a rule gave each outcome."""

    rule: str
    title: str
    badge: Badge
    fails: int
    unknowns: int
    passes: int
    not_applicable: int


def badge(severity: Severity) -> Badge:
    return Badge(severity.value, SHAPES[severity])


def worst_first(assessments: tuple[Assessment, ...], outcome: Outcome) -> list[Assessment]:
    """Those of one outcome by severity; equals keep the order of the report."""
    return sorted((a for a in assessments if a.outcome is outcome), key=lambda a: a.severity.rank)


_MOST_UNKNOWN = 100
"""Of one rule. One cause may hide ten thousand answers, and a page that holds them all is one that nobody can open."""


def groups(report: Report, outcome: Outcome, subjects: Callable[[str], Subject]) -> tuple[RuleGroup, ...]:
    """Groups by the worst severity in them, then by how many they hold, then by rule."""
    by_rule: dict[str, list[Assessment]] = {}
    for assessment in worst_first(report.assessments, outcome):
        by_rule.setdefault(assessment.rule, []).append(assessment)
    order = sorted(by_rule.items(), key=lambda item: (item[1][0].severity.rank, -len(item[1]), item[0]))
    anchors = anchors_of(report)
    return tuple(_group(report, outcome, name, members, subjects, anchors) for name, members in order)


def anchors_of(report: Report) -> Mapping[int, str]:
    """An anchor for each assessment by identity, numbered in the order of the report."""
    return {id(a): f"finding-{number}" for number, a in enumerate(report.assessments, 1)}


def rule_outcomes(report: Report) -> tuple[RuleOutcomes, ...]:
    """Every rule that was loaded, also one that had nothing to say."""
    tally = Counter((a.rule, a.outcome) for a in report.assessments)
    rules = sorted(report.rules.values(), key=lambda rule: (rule.severity.rank, rule.id))
    return tuple(
        RuleOutcomes(
            rule=rule.id,
            title=rule.title,
            badge=badge(rule.severity),
            fails=tally[rule.id, Outcome.FAIL],
            unknowns=tally[rule.id, Outcome.UNKNOWN],
            passes=tally[rule.id, Outcome.PASS],
            not_applicable=tally[rule.id, Outcome.NOT_APPLICABLE],
        )
        for rule in rules
    )


def _group(
    report: Report,
    outcome: Outcome,
    name: str,
    members: list[Assessment],
    subjects: Callable[[str], Subject],
    anchors: Mapping[int, str],
) -> RuleGroup:
    rule: Rule | None = report.rules.get(name)
    references = rule.references if rule else ()
    shown = members[:_MOST_UNKNOWN] if outcome is Outcome.UNKNOWN else members
    return RuleGroup(
        anchor=f"{outcome.value}-{anchors[id(members[0])]}",
        rule=name,
        title=rule.title if rule else name,
        badge=badge(members[0].severity),
        confidence=rule.confidence if rule else "",
        why=blocks_of(rule.why) if rule else (),
        remedy=blocks_of(rule.remedy) if rule else (),
        references=tuple(Reference(r, r.lower().startswith(("https://", "http://"))) for r in references),
        controls=rule.controls if rule else (),
        findings=tuple(_finding(report, a, subjects(a.subject), anchors[id(a)]) for a in shown),
        more=len(members) - len(shown),
    )


def _finding(report: Report, assessment: Assessment, subject: Subject, anchor: str) -> FindingView:
    verdict = assessment.verdict
    evidence = tuple(evidence_view(report, piece) for piece in verdict.evidence)
    return FindingView(
        anchor=anchor,
        badge=badge(assessment.severity),
        outcome=assessment.outcome.value,
        subject=subject,
        message=verdict.message,
        place=evidence[0].place if evidence else "",
        evidence=evidence,
        gaps=verdict.gaps,
        fingerprint=assessment.fingerprint,
    )
