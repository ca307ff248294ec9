"""Evidence as the page shows it: where it stands, what stands there, and the line itself with the field marked."""

from __future__ import annotations

from mtlsaudit.model.origin import Position, Site, render_path
from mtlsaudit.model.report import Report
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence

# A line of generated YAML or JSON can be megabytes long; this much around the field is what people read.
_AROUND = 160


@dataclass(frozen=True, slots=True)
class Snippet:
    """One source line in three parts; the middle one is the field."""

    number: int
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """`place` is `file:line:column` as editors understand it, the file alone, or an object of a cluster."""

    place: str
    path: str
    value: str
    rendered_by: str
    snippet: Snippet | None


def evidence_view(report: Report, piece: Evidence) -> EvidenceView:
    """The piece with its place and line, as far as the report knows them."""
    position = report.positions.get(piece.site)
    line = report.lines.get(piece.site)
    return EvidenceView(
        place=place_of(report, piece.site),
        path=render_path(piece.site.path),
        value=piece.value,
        rendered_by=piece.site.origin.rendered_by,
        snippet=_snippet(line, position) if line is not None and position else None,
    )


def place_of(report: Report, site: Site, column: bool = True) -> str:
    """`file:line:column`, without what is not known."""
    position = report.positions.get(site)
    if not position:
        return site.origin.place
    tail = f":{position.column}" if column else ""
    return f"{site.origin.place}:{position.line}{tail}"


def evidence_text(report: Report, piece: Evidence) -> str:
    """One line of plain text, for lists that would be too long as markup."""
    return f"{place_of(report, piece.site)}  {render_path(piece.site.path) or '(the object)'} = {piece.value}"


def _snippet(line: str, position: Position) -> Snippet:
    start = min(position.column - 1, len(line))
    # A field of several lines is marked to the end of its first: that is the line which is shown.
    end = min(position.end_column - 1, len(line)) if position.end_line == position.line else len(line)
    end = max(start, end)
    before, marked, after = line[:start], line[start:end], line[end:]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:]
    if len(marked) > 2 * _AROUND:
        marked = marked[: 2 * _AROUND] + "…"
    if len(after) > _AROUND:
        after = after[:_AROUND] + "…"
    return Snippet(position.line, before, marked, after)
