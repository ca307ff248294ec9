"""GitHub-flavoured Markdown for a job summary or a comment: counts first, then tables, the worst on top."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.origin import ClusterOrigin
from mtlsaudit.model.report import Report
from mtlsaudit.model.verdict import Assessment, Evidence, Outcome, Severity
from mtlsaudit.output.counting import count
from mtlsaudit.output.file_names import STDIN, relative_path
from mtlsaudit.output.shown import shown

# GitHub drops a job summary of more than one MiB whole, so long tables end with how much is missing.
_MOST_ROWS = 400
_CELL_LENGTH = 600
_WEAKEST_FIRST = (
    Mode.PLAINTEXT,
    Mode.PERMISSIVE,
    Mode.SERVER_TLS,
    Mode.OFFERED,
    Mode.UNKNOWN,
    Mode.PASSTHROUGH,
    Mode.REFUSED,
    Mode.MUTUAL,
)
_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")


def render(report: Report) -> str:
    """The report as Markdown; the same text for the same report and working directory.

    Whatever comes from a manifest is shown as text: it makes no markup, link or table cell of its own.
    """
    failed = sorted(
        (a for a in report.assessments if a.outcome is Outcome.FAIL),
        key=lambda a: (a.severity.rank, a.rule, a.subject, a.fingerprint),
    )
    unknown = sorted(
        (a for a in report.assessments if a.outcome is Outcome.UNKNOWN),
        key=lambda a: (a.severity.rank, a.rule, a.subject, a.fingerprint),
    )
    blocks = [
        "# mtlsaudit",
        *_assumptions(report),
        *_headline(report, failed, unknown),
        *_hops(report),
        *_findings(report, failed),
        *_unknowns(unknown),
        *_gaps(report),
    ]
    return shown("\n\n".join(blocks)) + "\n"


def _assumptions(report: Report) -> list[str]:
    if not (*report.scan.notes, *report.scan.assumptions):
        return []
    lines = "\n".join(f"> - {_text(sentence)}" for sentence in (*report.scan.notes, *report.scan.assumptions))
    return [f"> **Assumptions**\n>\n{lines}"]


def _headline(report: Report, failed: Sequence[Assessment], unknown: Sequence[Assessment]) -> list[str]:
    modes = Counter(hop.mode for hop in report.hops)
    severities = Counter(a.severity for a in failed)
    hops = f"**{modes[Mode.MUTUAL]} of {count(len(report.hops), 'hop')} mutual**"
    others = ", ".join(f"{modes[m]} {m}" for m in _WEAKEST_FIRST if modes[m] and m is not Mode.MUTUAL)
    findings = f"**{count(len(failed), 'finding')}**"
    kinds = ", ".join(f"{severities[s]} {s}" for s in Severity if severities[s])
    seen = report.coverage
    now = report.scan.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    read = f"cluster {_text(report.scan.cluster)}, {count(seen.documents, 'object')}"
    if not report.scan.cluster:
        read = f"{count(seen.files, 'file')} and {count(seen.documents, 'document')}"
    lines = [
        f"- {hops}; {others}" if others else f"- {hops}",
        f"- {findings} ({kinds})" if kinds else f"- {findings}",
        f"- {len(unknown)} not known, {count(len(set(seen.gaps)), 'gap')} in what was read",
        f"- {read}, {report.scan.world} world, at {now}",
    ]
    return ["\n".join(lines)]


def _hops(report: Report) -> list[str]:
    order = sorted(report.hops, key=lambda h: (_WEAKEST_FIRST.index(h.mode), h.id))
    rows = [(h.mode, h.kind, h.entry, f"{h.host}{h.path}", h.because) for h in order]
    return _table("Hops", ("Mode", "Hop", "Entry", "Host and path", "Because"), rows)


def _findings(report: Report, failed: Sequence[Assessment]) -> list[str]:
    rows = [(a.severity, a.rule, a.verdict.message, a.subject, _where(report, a.verdict.evidence[0])) for a in failed]
    return _table("Findings", ("Severity", "Rule", "Finding", "Subject", "Where"), rows)


def _unknowns(unknown: Sequence[Assessment]) -> list[str]:
    rows = [(a.rule, a.subject, "; ".join(dict.fromkeys(gap.reason for gap in a.gaps))) for a in unknown]
    return _table("Not known", ("Rule", "Subject", "What is missing"), rows)


def _gaps(report: Report) -> list[str]:
    order = sorted(set(report.coverage.gaps))
    rows = [(gap.kind, gap.subject, gap.reason, _gap_place(report, gap)) for gap in order]
    return _table("Not read", ("Gap", "What", "Why", "Where"), rows)


def _where(report: Report, piece: Evidence) -> str:
    origin = piece.site.origin
    if isinstance(origin, ClusterOrigin) and origin.declared is None:
        return origin.place
    position = report.positions.get(piece.site)
    if origin.rendered_by:
        return f"{_file(report, origin.file)} (rendered by {origin.rendered_by})"
    return f"{_file(report, origin.file)}:{position.line}" if position else _file(report, origin.file)


def _gap_place(report: Report, gap: Gap) -> str:
    if not gap.file:
        return ""
    return f"{_file(report, gap.file)}:{gap.line}" if gap.line else _file(report, gap.file)


def _file(report: Report, file: str) -> str:
    return file if file == STDIN else relative_path(file, report.scan.sources, Path.cwd()).as_posix()


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return [f"## {title}", "None."]
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(_text(cell) for cell in row)} |" for row in rows[:_MOST_ROWS]]
    more = len(rows) - _MOST_ROWS
    return [f"## {title}", "\n".join(lines), *([f"… and {more} more."] if more > 0 else [])]


def _text(text: str) -> str:
    """One line of plain text: no part of it is markup."""
    line = shown(" ".join(text.split()))
    if len(line) > _CELL_LENGTH:
        line = f"{line[: _CELL_LENGTH - 1]}…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", line)
