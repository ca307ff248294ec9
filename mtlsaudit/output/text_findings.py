"""Findings, and checks that could not be decided, for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Assessment, Evidence, Outcome, Severity
from mtlsaudit.output.counting import count
from mtlsaudit.output.text_paint import MANY, WIDTH, Paint

_COLOURS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2"}
_INDENT = " " * 11


def finding_lines(report: Report, paint: Paint) -> Iterator[str]:
    """What fails, rule by rule, with the fields behind it."""
    found = [a for a in report.assessments if a.outcome is Outcome.FAIL]
    if not found:
        yield "FINDINGS  none"
        yield ""
        return
    by_severity = Counter(a.severity for a in found)
    counted = ", ".join(f"{by_severity[s]} {s.value}" for s in Severity if by_severity[s])
    yield f"FINDINGS  {counted}"
    yield ""
    by_rule: dict[str, list[Assessment]] = defaultdict(list)
    for assessment in found:
        by_rule[assessment.rule].append(assessment)
    for rule, group in by_rule.items():
        for assessment in group[:MANY]:
            yield from _finding(assessment, report, paint)
        if len(group) > MANY:
            yield f"  … and {len(group) - MANY} more of {rule}"
    yield ""


def _finding(assessment: Assessment, report: Report, paint: Paint) -> Iterator[str]:
    severity = paint(f"{assessment.severity.value:<8}", _COLOURS[assessment.severity.value])
    evidence = assessment.verdict.evidence
    where = _where(evidence[0], report) if evidence else ""
    yield f"  {severity} {assessment.rule}  {where}"
    yield from textwrap.wrap(
        assessment.verdict.message,
        WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
    )
    for piece in evidence[:4]:
        yield f"             {_where(piece, report)}  {render_path(piece.site.path)} = {piece.value}"
    if len(evidence) > 4:
        yield f"             … and {len(evidence) - 4} more {'place' if len(evidence) == 5 else 'places'}"


def _where(evidence: Evidence, report: Report) -> str:
    position = report.positions.get(evidence.site)
    place = evidence.site.origin.place
    return f"{place}:{position.line}:{position.column}" if position else place


def unknown_lines(report: Report) -> Iterator[str]:
    """What is not known and which rules wait for it: one entry a cause, however many objects it hides."""
    found = [a for a in report.assessments if a.outcome is Outcome.UNKNOWN]
    if not found:
        return
    causes: dict[frozenset[str], list[Assessment]] = defaultdict(list)
    for assessment in found:
        causes[frozenset(chain.from_iterable(map(_patterns, assessment.gaps)))].append(assessment)
    yield f"UNKNOWN  {count(len(found), 'check')} could not be decided, because"
    yield ""
    for waiting in list(causes.values())[:MANY]:
        yield from _cause_lines(waiting, report)
    if len(causes) > MANY:
        yield f"  … and {len(causes) - MANY} more reasons"
    yield ""


_OBJECT = re.compile(r"\b([A-Z][A-Za-z]+) ([a-z0-9.-]+/[a-z0-9.-]*[a-z0-9])")


@lru_cache(maxsize=1 << 12)
def _patterns(gap: Gap) -> tuple[str, ...]:
    """The reasons without the names of objects: `the Secret … was not read`."""
    return tuple(_OBJECT.sub(r"\1 …", gap.reason).split("; "))


def _cause_lines(waiting: Sequence[Assessment], report: Report) -> Iterator[str]:
    first = waiting[0]
    reasons = "; ".join(dict.fromkeys(g.reason for g in first.gaps))
    objects = len({a.gaps for a in waiting})
    if objects == 1:
        words = reasons
    else:
        pattern = "; ".join(dict.fromkeys(chain.from_iterable(map(_patterns, first.gaps))))
        words = f"{pattern}: {objects:,} times, first {_names(reasons)}"
    yield from textwrap.wrap(words, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    if evidence := first.verdict.evidence:
        yield f"      {_where(evidence[0], report)}"
    rules = ", ".join(sorted({a.rule for a in waiting}))
    yield from textwrap.wrap(rules, WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False)


def _names(reasons: str) -> str:
    return ", ".join(dict.fromkeys(f"{kind} {name}" for kind, name in _OBJECT.findall(reasons)))
