"""The long lists of the JSON report, an entry a line of text, made by two processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

from mtlsaudit.engine.undecided import in_words
from mtlsaudit.model.report import Judged, JudgedLater, LaterSequence, Report, joined
from mtlsaudit.model.values import asdict
from mtlsaudit.model.verdict import Assessment, Evidence
from mtlsaudit.output.json_certificates import certificate_fields
from mtlsaudit.output.json_entries import assessment_text, gap_fields, hop_text
from mtlsaudit.output.json_text import Citations, encode
from mtlsaudit.output.trust_json import TrustRows
from mtlsaudit.parallel import PARTS, WORTH_IT, in_two_processes, parts_in_two_processes

_TYPICAL_ROW = 1000
"""Characters; to tell whether a second process pays."""

_AT_ONCE = 1 << 14
"""Entries. Of a report with more, the text is not kept: it is made as it is written."""

_Place = tuple[str, int]
_Entry = tuple[_Place, str, int]
"""The document that an entry cites first, the name of its list, its number there."""


def json_rows(report: Report) -> Mapping[str, Iterable[str]]:
    """Name of a list → the text of its entries, in the order of the report. Each may be gone through once.

    What cites the same document is done in the same process, so that its lines are worked out once.
    """
    make = _Rows(report)
    certificates = report.certificates
    most = certificates.at_most if isinstance(certificates, LaterSequence) else len(certificates)
    if 2 * len(report.hops) + most > _AT_ONCE:
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

    def judge(kind: str) -> Judged | None:
        of_kind = judged.judge(kind)
        return of_kind if os.getpid() == here or len(of_kind.assessments) <= _AT_ONCE else None

    found: list[Judged] = []
    for kinds, meanwhile in ((judged.early, lambda: _prepare(report)), (judged.late, None)):
        results = parts_in_two_processes(kinds, WORTH_IT, judge, meanwhile)
        found += [of_kind or judged.judge(kind) for kind, of_kind in zip(kinds, results, strict=True)]
    judged.settle(joined(found))


def _prepare(report: Report) -> tuple[int, int]:
    """Have what the late kinds rest on made: the longest single piece of work."""
    return len(report.certificates), len(report.trust.verifiers)


class _Few:
    """A report whose text is kept: first what needs no trust and no certificates, while those are worked out here."""

    def __init__(self, report: Report, make: _Rows) -> None:
        self._report, self._make = report, make
        self._found: dict[tuple[str, int], str] = {}
        self._judged: list[tuple[Judged, list[str]]] = []

    def lists(self) -> Mapping[str, Iterable[str]]:
        """As of `json_rows`."""
        make, judged = self._make, self._report.judged
        early, late = (judged.early, judged.late) if isinstance(judged, JudgedLater) and not judged.done else ((), ())
        self._take(early, sorted(make.hops()), lambda: _prepare(self._report))
        self._take(late, sorted(make.rest()))
        lists: dict[str, Iterable[str]] = {
            name: [self._found[name, n] for n in range(size)] for name, size in make.sizes.items()
        }
        return {**lists, "assessments": self._assessments()}

    def _take(
        self, kinds: Sequence[str], entries: Sequence[_Entry], meanwhile: Callable[[], object] | None = None
    ) -> None:
        """Judge these kinds, and make the text of that and of these entries, in both processes."""
        step = -(-len(entries) // PARTS) or 1
        rows_of = (entries[at : at + step] for at in range(0, len(entries), step))
        parts: list[str | Sequence[_Entry]] = [*kinds, *rows_of]
        size = len(entries) * _TYPICAL_ROW
        for part, (rows, of_kind) in zip(
            parts, parts_in_two_processes(parts, size, self._part, meanwhile), strict=True
        ):
            if of_kind is not None:
                self._judged.append((of_kind, rows))
            for (_, name, n), row in zip(part, rows, strict=True) if not isinstance(part, str) else ():
                self._found[name, n] = row

    def _part(self, part: str | Sequence[_Entry]) -> tuple[list[str], Judged | None]:
        judged = self._report.judged
        if not isinstance(part, str):
            return self._make.some(part), None
        assert isinstance(judged, JudgedLater)
        of_kind = judged.judge(part)
        if len(of_kind.assessments) > _AT_ONCE // 4:
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


def _place(evidence: Iterable[Sequence[Evidence]]) -> _Place:
    """The document of the first piece."""
    for pieces in evidence:
        if pieces:
            return pieces[0].site.origin.file, pieces[0].site.origin.document
    return "", 0


class _Rows:
    """The text of any entry. What two entries have in common is encoded once in each process."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._cite = Citations(report)
        self._make: Mapping[str, Callable[[int], str]] = {
            "hops": lambda n: hop_text(report.hops[n], self._cite),
            "certificates": lambda n: encode(certificate_fields(report.certificates[n])),
            "not_made": lambda n: encode(asdict(report.not_made[n])),
            "trust": lambda n: self._trust.row(report.trust.verifiers[n]),
        }

    @cached_property
    def _trust(self) -> TrustRows:
        return TrustRows(self._report.trust, self._cite, gap_fields)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Name of a list → how many entries it has."""
        report = self._report
        return {
            "hops": len(report.hops),
            "certificates": len(report.certificates),
            "not_made": len(report.not_made),
            "trust": len(report.trust.verifiers),
        }

    def hops(self) -> Iterator[_Entry]:
        """Every hop."""
        yield from ((_place(h.evidence.values()), "hops", n) for n, h in enumerate(self._report.hops))

    def rest(self) -> Iterator[_Entry]:
        """Every entry of the other lists."""
        report = self._report
        yield from ((_place((c.evidence,)), "certificates", n) for n, c in enumerate(report.certificates))
        yield from ((_place((v.evidence,)), "trust", n) for n, v in enumerate(report.trust.verifiers))
        yield from ((("", 0), "not_made", n) for n in range(len(report.not_made)))

    def some(self, entries: Iterable[_Entry]) -> list[str]:
        """The text of these entries."""
        return [self._make[name](n) for _, name, n in entries]

    def texts(self, assessments: Iterable[Assessment]) -> list[str]:
        """The text of these assessments."""
        return [assessment_text(a, self._cite) for a in assessments]

    def streamed(self, name: str) -> Iterator[str]:
        """A list, some thousand entries at a time."""
        make = self._make[name]
        return self._in_batches(self.sizes[name], lambda some: [make(n) for n in some])

    def judged(self) -> Iterator[str]:
        """All assessments, some thousand at a time."""
        found = self._report.assessments
        return self._in_batches(len(found), lambda some: self.texts(found[n] for n in some))

    def _in_batches(self, size: int, work: Callable[[Sequence[int]], list[str]]) -> Iterator[str]:
        for start in range(0, size, _AT_ONCE):
            batch = range(start, min(size, start + _AT_ONCE))
            yield from chain.from_iterable(in_two_processes(batch, len(batch) * _TYPICAL_ROW, work))
            self._cite.forget()
