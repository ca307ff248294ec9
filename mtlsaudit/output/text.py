"""The report for a terminal: what is mutual, what is wrong and where, what could not be told."""

from __future__ import annotations

from collections.abc import Iterator

from mtlsaudit.model.report import Report
from mtlsaudit.output.shown import shown_lines
from mtlsaudit.output.source_words import no_gaps, read_words
from mtlsaudit.output.text_findings import finding_lines, unknown_lines
from mtlsaudit.output.text_hops import hop_lines
from mtlsaudit.output.text_paint import MANY, coloured, plain
from mtlsaudit.output.trust_text import trust_lines


def render(report: Report, *, colour: bool = False) -> str:
    """The table; escape codes only where the caller asks for colour."""
    paint = coloured if colour else plain
    out = [
        *_head(report),
        *hop_lines(report, paint),
        *finding_lines(report, paint),
        *trust_lines(report),
        *unknown_lines(report),
        *coverage_lines(report),
    ]
    return "\n".join(shown_lines(out)) + "\n"


def _head(report: Report) -> Iterator[str]:
    scan = report.scan
    yield f"mtlsaudit {report.tool_version}: {read_words(report)}, at {scan.now:%Y-%m-%d %H:%M} UTC"
    for sentence in scan.notes:
        yield f"note: {sentence}"
    for sentence in scan.assumptions:
        yield f"assumed: {sentence}"
    yield ""


def coverage_lines(report: Report) -> Iterator[str]:
    """What could not be read, one by one."""
    coverage = report.coverage
    if coverage.gaps:
        templates = f" (of them {coverage.templates} unrendered templates)" if coverage.templates else ""
        yield f"NOT READ  {len(coverage.gaps)}{templates}"
        for gap in coverage.gaps[:MANY]:
            line = f":{gap.line}" if gap.line else ""
            where = f"{gap.file}{line}" if gap.file else gap.subject
            yield f"  {where}: {gap.kind}: {gap.reason}"
        if len(coverage.gaps) > MANY:
            yield f"  … and {len(coverage.gaps) - MANY} more"
    else:
        yield f"NOT READ  {no_gaps(report)}"
