"""Scans for tests: the whole pipeline in this process, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mtlsaudit.collect import Request
from mtlsaudit.engine.load import RuleSet, load_rules
from mtlsaudit.model.report import Report
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Outcome
from mtlsaudit.resources import rules_directory
from mtlsaudit.scan import audit, scan
from mtlsaudit.sources.harvest import Harvest

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@cache
def own_rules() -> RuleSet:
    """The rules of the checkout."""
    return load_rules([rules_directory()])


def scan_path(
    path: Path | str, *, closed: bool = False, policy: Policy | None = None, cert_manager: str = ""
) -> Report:
    """Scan a file or directory."""
    request = Request((str(path),), NOW, policy or Policy(), closed, cert_manager_version=cert_manager, use_tools=False)
    return scan(request, own_rules())


def scan_text(text: str, *, closed: bool = False, policy: Policy | None = None) -> Report:
    """Scan manifests given as text."""
    from mtlsaudit.platforms import wanted

    harvest = Harvest()
    harvest.add_text(text, "test.yaml")
    harvest.parse(wanted)
    return audit(harvest, Request(("test.yaml",), NOW, policy or Policy(), closed), own_rules())


def failed(report: Report) -> dict[str, list[str]]:
    """Rule → subjects that fail."""
    out: dict[str, list[str]] = {}
    for assessment in report.assessments:
        if assessment.outcome is Outcome.FAIL:
            out.setdefault(assessment.rule, []).append(assessment.subject)
    return out


def undecided(report: Report) -> set[str]:
    """The rules that could not be decided for some subject."""
    return {a.rule for a in report.assessments if a.outcome is Outcome.UNKNOWN}


def lines_of(report: Report, rule: str) -> list[tuple[str, int]]:
    """(file name, line) of the first evidence of each finding of a rule."""
    out = []
    for assessment in report.assessments:
        if assessment.rule == rule and assessment.outcome is Outcome.FAIL:
            site = assessment.verdict.evidence[0].site
            out.append((Path(site.origin.file).name, report.positions.get(site).line))
    return out
