"""The long lists of the JSON report, made by two processes: which of them makes what, and when."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from mtlsaudit.engine.undecided import in_words
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.report import Judged, JudgedLater, LaterSequence, Report, joined
from mtlsaudit.output import json_rows
from mtlsaudit.output.json_rows import TYPICAL_ROW, Entry, Rows
from mtlsaudit.parallel import PARTS, WORTH_IT, parts_in_two_processes


def json_lists(report: Report) -> Mapping[str, Iterable[str]]:
    """Name of a list → the text of its entries, in the order of the report. Each may be gone through once.

    What cites the same document is done in the same process, so that its lines are worked out once.
    """
    make = Rows(report)
    certificates = report.certificates
    most = certificates.at_most if isinstance(certificates, LaterSequence) else len(certificates)
    if 2 * len(report.hops) + most > json_rows.AT_ONCE:
        _judge(report)
        lists: dict[str, Iterable[str]] = {name: make.streamed(name) for name in make.sizes}
        return {**lists, "assessments": make.judged()}
    return _Few(report, make).lists()


def _judge(report: Report) -> None:
    """Judge a large estate of files in both processes. A cluster can leave so much unknown that sending it costs more."""
    judged = report.judged
    if not isinstance(judged, JudgedLater) or judged.done or report.scan.cluster:
        return
    here = os.getpid()

    def judge(kind: str) -> Judged | Sequence[CertificateEntry] | None:
        if kind == _CERTIFICATES:
            return list(report.certificates)
        of_kind = judged.judge(kind)
        return of_kind if os.getpid() == here or len(of_kind.assessments) <= json_rows.AT_ONCE else None

    found: list[Judged] = []
    for kinds, meanwhile in (((*_unmade(report), *judged.early), lambda: _prepare(report)), (judged.late, None)):
        for kind, result in zip(kinds, parts_in_two_processes(kinds, WORTH_IT, judge, meanwhile), strict=True):
            if kind == _CERTIFICATES:
                _settle(report, result)
            else:
                found.append(result if isinstance(result, Judged) else judged.judge(kind))
    judged.settle(joined(found))


_CERTIFICATES = "certificates"
"""Stands among the kinds for the entries themselves, which either process makes while the first one works trust out."""


def _unmade(report: Report) -> Sequence[str]:
    """A history must learn which signatures were verified on the way, so there the first process makes them."""
    entries = report.certificates
    waits = isinstance(entries, LaterSequence) and not entries.later.is_made
    return (_CERTIFICATES,) if waits and not report.scan.history else ()


def _prepare(report: Report) -> tuple[int, int]:
    """Have made what the late kinds rest on, but for what is a part of its own."""
    return 0 if _unmade(report) else len(report.certificates), len(report.trust.verifiers)


def _settle(report: Report, entries: object) -> None:
    assert isinstance(report.certificates, LaterSequence)
    assert isinstance(entries, list)
    report.certificates.settle(entries)


class _Few:
    """A report whose text is kept: first what needs no trust and no certificates, while those are worked out here."""

    def __init__(self, report: Report, make: Rows) -> None:
        self._report, self._make = report, make
        self._found: dict[tuple[str, int], str] = {}
        self._judged: list[tuple[Judged, list[str]]] = []

    def lists(self) -> Mapping[str, Iterable[str]]:
        """As of `json_lists`."""
        make, judged = self._make, self._report.judged
        early, late = (judged.early, judged.late) if isinstance(judged, JudgedLater) and not judged.done else ((), ())
        early = (*_unmade(self._report), *early)
        self._take(early, sorted(make.hops()), lambda: _prepare(self._report))
        self._take(late, sorted(make.rest()))
        lists: dict[str, Iterable[str]] = {
            name: [self._found[name, n] for n in range(size)] for name, size in make.sizes.items()
        }
        return {**lists, "assessments": self._assessments()}

    def _take(
        self, kinds: Sequence[str], entries: Sequence[Entry], meanwhile: Callable[[], object] | None = None
    ) -> None:
        """Judge these kinds, and make the text of that and of these entries, in both processes."""
        step = -(-len(entries) // PARTS) or 1
        rows_of = (entries[at : at + step] for at in range(0, len(entries), step))
        parts: list[str | Sequence[Entry]] = [*kinds, *rows_of]
        size = len(entries) * TYPICAL_ROW
        for part, (rows, of_kind) in zip(
            parts, parts_in_two_processes(parts, size, self._part, meanwhile), strict=True
        ):
            if part == _CERTIFICATES:
                _settle(self._report, of_kind)
            elif isinstance(of_kind, Judged):
                self._judged.append((of_kind, rows))
            for (_, name, n), row in zip(part, rows, strict=True) if not isinstance(part, str) else ():
                self._found[name, n] = row

    def _part(self, part: str | Sequence[Entry]) -> tuple[list[str], Judged | list[CertificateEntry] | None]:
        judged = self._report.judged
        if not isinstance(part, str):
            return self._make.some(part), None
        if part == _CERTIFICATES:
            return [], list(self._report.certificates)
        assert isinstance(judged, JudgedLater)
        of_kind = judged.judge(part)
        if len(of_kind.assessments) > json_rows.AT_ONCE // 4:
            return [], of_kind
        told = in_words(of_kind.assessments)
        return self._make.texts(told), Judged(told, of_kind.counts)

    def _assessments(self) -> Iterable[str]:
        """Of the kinds that were judged the texts, put in the order of the report; else all, made now."""
        judged = self._report.judged
        if not self._judged or not isinstance(judged, JudgedLater):
            return self._make.judged()
        judged.settle(joined(of_kind for of_kind, _ in self._judged))
        if any(len(rows) < len(of_kind.assessments) for of_kind, rows in self._judged):
            return self._make.judged()
        texts = {id(a): t for of_kind, rows in self._judged for a, t in zip(of_kind.assessments, rows, strict=True)}
        return [texts[id(a)] for a in judged.assessments]
