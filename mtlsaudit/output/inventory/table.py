"""The inventory for a terminal: when each certificate ends, what renews it, what it is for, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.report import Report
from mtlsaudit.output.certificate_families import trees
from mtlsaudit.output.certificate_words import all_names, is_authority, key_words, states_in_words
from mtlsaudit.output.counting import count
from mtlsaudit.output.html_words import day
from mtlsaudit.output.inventory.rows import Row, Rows, listed
from mtlsaudit.output.shown import shown_lines
from mtlsaudit.output.text import coverage_lines
from mtlsaudit.output.text_findings import finding_lines, unknown_lines
from mtlsaudit.output.text_paint import Paint, coloured, plain
from mtlsaudit.output.text_wrap import wrapped

_WIDE = 118
_NARROWEST = 60
_SOME = 6
_COLOURS = {"expired": "1;31", "not yet valid": "31", "soon": "33"}
_SOON_DAYS = 30
_ESCAPED = re.compile(r"\\(.)")
_COMMON_NAME = re.compile(r"(?:^|[,+])CN=((?:\\.|[^,+\\])+)")


def render(report: Report, *, colour: bool = False, width: int = 120) -> str:
    """The table, wrapped to `width` columns; escape codes only where the caller asks for colour."""
    return "".join(lines(report, colour=colour, width=width))


def lines(report: Report, *, colour: bool = False, width: int = 120) -> Iterator[str]:
    """The same line by line, each with its end."""
    paint = coloured if colour else plain
    table = _Table(report, paint, max(width, _NARROWEST))
    parts = (
        _head(report),
        table.estate(),
        table.files(),
        finding_lines(report, paint),
        unknown_lines(report),
        coverage_lines(report),
    )
    return (f"{line.rstrip()}\n" for line in shown_lines(chain.from_iterable(parts)))


def _head(report: Report) -> Iterator[str]:
    read = f"cluster {report.scan.cluster}" if report.scan.cluster else count(report.coverage.files, "file")
    yield f"mtlsaudit {report.tool_version}: {read}, at {report.scan.now:%Y-%m-%d %H:%M} UTC"
    yield from (f"note: {sentence}" for sentence in report.scan.notes)
    for sentence in report.scan.assumptions:
        yield f"assumed: {sentence}"
    entries = listed(report)
    said = states_in_words(entries, report.scan.now)
    yield ""
    yield f"CERTIFICATES  {len(entries)}" + (f": {said}" if said else "")
    yield ""


class _Table:
    """Rows of the estate first, then those of each file under its name, a CA above what it issued."""

    def __init__(self, report: Report, paint: Paint, width: int) -> None:
        self._report, self._paint, self._width = report, paint, width
        self._rows = Rows(report)
        self._wide = width >= _WIDE
        self._margin = 33 + (38 if self._wide else 0)
        self._room = max(width - self._margin, 24)
        self._lead = " " * self._margin
        self._filed: dict[str, list[CertificateEntry]] = {}
        self._by_key: dict[str, list[str]] = {}
        for entry in report.certificates:
            self._by_key.setdefault(entry.spki_sha256, []).append(entry.source or entry.id)
            if entry.source:
                self._filed.setdefault(entry.source.rpartition("#")[0], []).append(entry)

    def estate(self) -> Iterator[str]:
        bundled = {entry.id for entry in self._report.bundled}
        entries = {entry.id: entry for entry in listed(self._report) if not entry.source}
        for heading, inside in (("CERTIFICATE", False), ("IN BUNDLES AND CHAINS ONLY", True)):
            shown = [entry for name, entry in entries.items() if (name in bundled) is inside]
            if shown:
                yield self._heading(heading)
                for entry in shown:
                    yield from self._lines(entry, entry.id, "")
                yield ""

    def files(self) -> Iterator[str]:
        for file in self._report.files:
            entries = self._filed.get(file.file, [])
            yield from wrapped(f"{file.file}: {self._contents(file)}", self._width, rest="  ")
            if entries:
                yield self._heading("CERTIFICATE")
            for entry, depth in (member for tree in trees(entries, self._report.file_issuers) for member in tree):
                stem = "  " * (depth - 1) + "└ " if depth else ""
                number = entry.source.rpartition("#")[2]
                yield from self._lines(entry, f"{stem}#{number} {_title(entry)}", " " * len(stem))
            for part in file.broken:
                yield f"{'unreadable':<10}  #{part.number}: {part.reason}"
            yield ""

    def _contents(self, file: CertificateFile) -> str:
        parts = [count(len(file.certificates), "certificate")]
        if file.keys:
            parts.append(f"{count(len(file.keys), 'private key')} (not kept{self._owners(file)})")
        if file.broken:
            parts.append(f"{len(file.broken)} unreadable")
        return f"{file.format}, " + ", ".join(parts) + (f"; {file.locked}" if file.locked else "")

    def _owners(self, file: CertificateFile) -> str:
        halves = {key.spki_sha256 for key in file.keys}
        if "" in halves:
            return "; encrypted, or cannot be read"
        found = [place for half in sorted(halves) for place in self._by_key.get(half, ())]
        return f"; belongs to {_some(tuple(found))}" if found else "; belongs to no certificate in the input"

    def _heading(self, last: str) -> str:
        more = f"{'EVERY':<8}  {'KEY':<12}  {'MANAGED BY':<12}  " if self._wide else ""
        return f"{'EXPIRES':<10}  {'LEFT':<7}  {'RENEWAL':<10}  {more}{last}"

    def _lines(self, entry: CertificateEntry, name: str, indent: str) -> Iterator[str]:
        row = self._rows.of(entry)
        cells = [
            _padded(_expires(row), 10, self._paint, _tone(row)),
            f"{_left(row):<7}",
            f"{day(row.renewal) or '–':<10}",
        ]
        if self._wide:
            key = "–" if entry.pending else " ".join(key_words(entry.key).split()[:2])
            cells += [f"{_interval(entry):<8}", f"{key:<12}", f"{entry.managed_by or '–':<12}"]
        title = name + (" (CA)" if is_authority(entry) else "")
        first, *rest = wrapped(title, self._room, rest=indent) or [""]
        yield "  ".join(cells) + "  " + first
        for line in rest:
            yield self._lead + line
        before, after = f"{self._lead}{indent}  ", f"{self._lead}{indent}    "
        for sentence in self._details(row):
            yield from wrapped(sentence, self._room + self._margin, before, after)

    def _details(self, row: Row) -> Iterator[str]:
        entry = row.entry
        names = all_names(entry.names)
        if entry.pending:
            yield "nothing was issued yet"
            return
        subject = "" if entry.source else entry.subject
        what = [part for part in (subject, _some(names)) if part]
        if what:
            yield "; ".join(what)
        if not self._wide:
            managed = f"{entry.managed_by}, every {_interval(entry)}" if entry.managed_by else ""
            yield "; ".join(part for part in (key_words(entry.key), managed) if part)
        if entry.issuer and entry.issuer != entry.subject:
            yield f"issued by {entry.issuer}"
        if entry.certificate and entry.secret:
            yield f"in Secret {entry.secret}"
        if not entry.source and len(entry.evidence) > 1:
            yield f"in {count(len(entry.evidence), 'place')}"
        if row.users:
            yield f"used by {_some(row.users)}"


def _padded(text: str, width: int, paint: Paint, tone: str) -> str:
    return paint(text, tone) + " " * (width - len(text))


def _tone(row: Row) -> str:
    soon = row.state.word == "valid" and row.state.left is not None and row.state.left.days < _SOON_DAYS
    return _COLOURS.get("soon" if soon else row.state.word, "")


def _expires(row: Row) -> str:
    return day(row.entry.not_after) or ("not seen" if row.state.word == "not seen" else "not known")


def _left(row: Row) -> str:
    if row.state.left is None or row.state.word != "valid":
        return "not yet" if row.state.word == "not yet valid" else row.state.word if row.state.left is not None else "–"
    number = row.state.left.days
    return f"{number} d" if number < 1000 else f"{number / 365.25:.0f} y"


def _interval(entry: CertificateEntry) -> str:
    if entry.renew_after_days is None or not entry.renews:
        return "–"
    return f"{entry.renew_after_days:.1f} d".replace(".0 ", " ")


def _title(entry: CertificateEntry) -> str:
    """The common name; the whole subject where it has none."""
    name = _COMMON_NAME.search(entry.subject)
    if name is None:
        return entry.subject or "(no subject)"
    return _ESCAPED.sub(r"\1", name[1]) if "\\" in name[1] else name[1]


def _some(values: tuple[str, ...]) -> str:
    more = f" and {len(values) - _SOME} more" if len(values) > _SOME else ""
    return ", ".join(values[:_SOME]) + more
